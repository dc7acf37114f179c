import type { CancelTimer, Fleet, WorkerState } from '#common/ports';
import type { PooledExecutor } from '../executors/index.ts';
import type { Counters } from './counters.ts';
import type { StageScope } from './stage-scope.ts';

export interface FleetReportsOptions {
  /** With the clock that goes on when the worker has failed. */
  readonly scope: StageScope;
  readonly fleet: Fleet;
  readonly executor: Pick<PooledExecutor, 'state' | 'busy'>;
  readonly counters: Counters;
  readonly inHand: () => number;
}

const EVERY_MS = 1_000;

/** What a worker says of itself to the Fleet. */
export class FleetReports {
  readonly #options: FleetReportsOptions;
  #state: WorkerState = 'loading';
  #reason: string | undefined;
  #reportedAtMs = 0;
  #cancelLastWords: CancelTimer | undefined;

  constructor(options: FleetReportsOptions) {
    this.#options = options;
  }

  /** A change of state is told at once. One that has failed repeats it until `end`: the Fleet forgets who is silent, and nobody would know why
   *  the stage has no worker. */
  enter(state: WorkerState, reason?: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#write();
    if (state === 'failed') this.#repeatLastWords();
  }

  /** Called as often as one likes; reports when it is time. */
  tick(): void {
    if (this.#options.scope.clock.clusterNow() - this.#reportedAtMs >= EVERY_MS) this.#write();
  }

  end(): void {
    this.#cancelLastWords?.();
  }

  /** The Fleet shows the worker no more. */
  withdraw(): Promise<void> {
    return this.#options.fleet.withdraw(this.#options.scope.workerId);
  }

  #repeatLastWords(): void {
    this.#cancelLastWords = this.#options.scope.clock.after(EVERY_MS, () => {
      this.#write();
      this.#repeatLastWords();
    });
  }

  #write(): void {
    const { scope, fleet, executor, counters, inHand } = this.#options;
    const { executedTotal, failedTotal, computeSecondsTotal } = counters;
    this.#reportedAtMs = scope.clock.clusterNow();
    void fleet.report({
      workerId: scope.workerId, pipeline: scope.pipeline.name, version: scope.pipeline.version, stage: scope.stage.name,
      state: this.#state, ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      executors: executor.state().size, executorsBusy: executor.busy(), inHand: inHand(),
      executedTotal, failedTotal, computeSecondsTotal, atMs: this.#reportedAtMs,
    });
  }
}
