import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, PooledExecutor, PoolState, StageExecutor } from '../executors/index.ts';
import { abortedCall, notRunning } from './pool-errors.ts';

/**
 * An executor light enough for the main thread, as a pool: it is always free, for its work is done within the call, and any size is the
 * same to it.
 */
export class InPlacePool implements PooledExecutor {
  readonly #executor: StageExecutor;
  readonly #stage: string;
  #size: number;
  #running = false;

  constructor(executor: StageExecutor, stage: string, size: number) {
    this.#executor = executor;
    this.#stage = stage;
    this.#size = size;
  }

  async load(): Promise<void> {
    await this.#executor.load();
    this.#running = true;
  }

  execute(call: ExecuteCall, signal: AbortSignal): Promise<ExecuteOutputs> {
    if (!this.#running) return Promise.reject(notRunning(this.#stage));
    if (signal.aborted) return Promise.reject(abortedCall(signal));
    return this.#executor.execute(call, signal);
  }

  async unload(): Promise<void> {
    this.#running = false;
    await this.#executor.unload();
  }

  describe(): ExecutorDescription {
    return this.#executor.describe();
  }

  free(): number {
    return this.#running ? this.#size : 0;
  }

  busy(): number {
    return 0;
  }

  /** Never busy, so never free again. */
  onFree(): void {}

  resize(size: number): Promise<void> {
    this.#size = size;
    return Promise.resolve();
  }

  state(): PoolState {
    return { size: this.#size, free: this.free(), busy: 0, starting: 0, paused: 0, waiting: 0, replacedTotal: 0 };
  }
}
