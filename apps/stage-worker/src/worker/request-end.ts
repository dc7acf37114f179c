import type { FailedOutcome, Outcome } from '#common/envelope';
import { AppError, toErrorInfo } from '#common/errors';
import type { Counters } from './counters.ts';
import type { Persistence } from './persistence.ts';
import type { StageScope } from './stage-scope.ts';

const forgetFailure = (): void => undefined;

/** Writes outcomes. First write wins in the store, so a repeat, or a second worker, changes nothing. */
export class RequestEnd {
  readonly #scope: StageScope;
  readonly #persistence: Persistence;
  readonly #counters: Counters;

  constructor(scope: StageScope, persistence: Persistence, counters: Counters) {
    this.#scope = scope;
    this.#persistence = persistence;
    this.#counters = counters;
  }

  /** `done` is called when the request has an outcome: this one, or the one that was first. Never given up while the worker runs: the store's
   *  absence ends some time, and until then the record must stay in hand. */
  end(requestId: string, outcome: Outcome, done: () => void): void {
    this.#persistence.run({
      what: 'store outcomes',
      write: () => this.#scope.replies.complete(requestId, outcome),
      giveUpAtMs: Infinity,
      done: ({ won }) => {
        if (!won) this.#counters.lateTotal += 1;
        this.#release(requestId);
        done();
      },
      refused: (error) => this.#refused(requestId, outcome, error, done),
    });
  }

  /** The store is there and does not want this outcome (it is too big, say): the caller gets that as the error instead. */
  #refused(requestId: string, outcome: Outcome, error: AppError, done: () => void): void {
    const { log, clock, stage } = this.#scope;
    if (outcome.kind !== 'result') {
      log.write('error', 'The store refused an outcome for good; the request ends at its deadline', { requestId, code: error.code, reason: error.message });
      done();
      return;
    }
    const told = new AppError(error.code, `stage "${stage.name}" finished, but its result could not be stored: ${error.message}`, { stage: stage.name, retryable: error.retryable });
    this.end(requestId, failedOutcome(told, clock.clusterNow(), outcome.timings), done);
  }

  /** The parts that the request still holds go with it. Best effort: they also expire. */
  #release(requestId: string): void {
    const { joins, hasJoins } = this.#scope;
    if (hasJoins) joins.forget(requestId).catch(forgetFailure);
  }
}

/** The outcome of a request that did not succeed, of the kind its error says. */
export function failedOutcome(error: AppError, atMs: number, timings: Outcome['timings']): FailedOutcome {
  const kind = error.kind === 'deadline' || error.kind === 'cancelled' ? error.kind : 'error';
  return { kind, error: toErrorInfo(error), atMs, timings };
}
