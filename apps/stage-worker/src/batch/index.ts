export { Batcher } from './batcher.ts';
export type { BatchEvents, BatchRun, BatcherOptions } from './batcher.ts';
export type { BatchItem } from './batch-queue.ts';
export { checkRows, rowsOf } from './stack.ts';
