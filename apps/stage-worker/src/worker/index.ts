export type { Counters } from './counters.ts';
export { NOT_BEFORE_HEADER, PARKED_HEADER } from './parking.ts';
export type { UnknownVersion } from './process-delivery.ts';
export { stageScope } from './stage-scope.ts';
export type { StageScope, WorkerPorts } from './stage-scope.ts';
export { StageWorker } from './worker.ts';
export type { StageWorkerOptions, StageWorkerState } from './worker.ts';
