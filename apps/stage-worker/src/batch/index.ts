export { Batcher } from './batcher.ts';
export type { BatchEvents, BatchRun, BatcherOptions } from './batcher.ts';
export type { BatchItem } from './batch-queue.ts';
export { rowsOf } from './stack.ts';
