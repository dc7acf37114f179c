export type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from './stage-executor.port.ts';
export type { PooledExecutor, PoolState } from './pooled-executor.port.ts';
export type { ExecutorContext } from './executor-context.ts';
export { EXECUTOR_KINDS, makeExecutor, placeOf } from './registry.ts';
