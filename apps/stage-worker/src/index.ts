export { createStageWorker } from './create-stage-worker.ts';
export type { CreateStageWorkerOptions } from './create-stage-worker.ts';
export { StageWorker } from './worker/index.ts';
export type { Counters, StageWorkerState, UnknownVersion } from './worker/index.ts';
