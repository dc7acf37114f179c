export { createHostedExecutor, createStageExecutor, DEFAULT_LIMITS } from './create-stage-executor.ts';
export type { HostedExecutorDeps, PoolLimits, StageExecutorDeps } from './create-stage-executor.ts';
export { ExecutorPool } from './executor-pool.ts';
export type { PoolOptions } from './executor-pool.ts';
