import type { ExecuteCall, ExecuteOutputs, StageExecutor } from './stage-executor.port.ts';

/** What a pool looks like at one moment; for readiness, the Fleet report and people. */
export interface PoolState {
  /** Executors the pool is to hold. */
  readonly size: number;
  /** Loaded and idle. */
  readonly free: number;
  /** Running a call. */
  readonly busy: number;
  /** Loading, the first time or as a replacement. */
  readonly starting: number;
  /** Died and held back before the next start, because starts keep failing. */
  readonly paused: number;
  /** Calls that wait for a free executor. */
  readonly waiting: number;
  /** Executors that died or were stopped and had to be replaced, since `load`. */
  readonly replacedTotal: number;
  /** Why the last one had to be, as a sentence. */
  readonly lastFailure?: string;
}

/**
 * Several executors of one stage that look like one. `execute` may be called any number of times at once: calls beyond the free executors
 * wait in order, a bounded number of them; one too many is refused with OVERLOADED. Every call ends: by its result, the stage's timeout
 * (EXECUTOR_TIMEOUT), the death of its executor (EXECUTOR_CRASHED), its signal (the signal's AppError, else CANCELLED), or `unload`.
 */
export interface PooledExecutor extends StageExecutor {
  execute(call: ExecuteCall, signal: AbortSignal): Promise<ExecuteOutputs>;
  /** Executors that would start a call at once. The batcher dispatches only while this is above 0. */
  free(): number;
  /** Executors running a call. */
  busy(): number;
  /** Called (synchronously, must not throw) each time `free()` has grown above 0. One listener; the last one given is kept. */
  onFree(listener: () => void): void;
  /** Changes the number of executors: new ones are warm before they count, surplus ones finish their call first. Resolves when done;
   *  rejects with EXECUTOR_LOAD_FAILED when a new one does not load (the old ones go on). The last call wins. */
  resize(size: number): Promise<void>;
  state(): PoolState;
}
