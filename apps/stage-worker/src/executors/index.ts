export type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from './stage-executor.port.ts';
export type { PooledExecutor, PoolState } from './pooled-executor.port.ts';
