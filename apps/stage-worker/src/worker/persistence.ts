import { toAppError } from '#common/errors';
import type { AppError, ErrorCode } from '#common/errors';
import type { Clock, Log, Random } from '#common/ports';
import { persistDelayMs } from './backoff.ts';

/** Errors that go away by themselves when the bus or the store is back. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['BUS_UNAVAILABLE', 'STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']);

export interface PersistentWrite<T> {
  /** For the log: `publish to the next stages`. */
  readonly what: string;
  /** Tried again as often as it takes, so it must be idempotent for its receivers. */
  readonly write: () => Promise<T>;
  /** Cluster time after which trying again serves nobody; Infinity = never given up. */
  readonly giveUpAtMs: number;
  /** `all`: any error is tried again. Default: only those that pass by themselves. */
  readonly retry?: 'all';
  readonly done: (value: T) => void;
  /** The time to give up has come while the other side was away. */
  readonly gaveUp?: () => void;
  /** Refused for good. */
  readonly refused: (error: AppError) => void;
}

/** Writes to bus and store that outlast their absence. Callbacks instead of promises: they end each request of a busy worker. */
export class Persistence {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #failing = 0;

  constructor(ports: { readonly clock: Clock; readonly random: Random; readonly log: Log }) {
    this.#clock = ports.clock;
    this.#random = ports.random;
    this.#log = ports.log;
  }

  run<T>(job: PersistentWrite<T>): void {
    job.write().then(job.done, (thrown: unknown) => this.#failed(job, thrown, 0));
  }

  #again<T>(job: PersistentWrite<T>, tries: number): void {
    job.write().then(
      (value) => {
        this.#over(job.what);
        job.done(value);
      },
      (thrown: unknown) => this.#failed(job, thrown, tries),
    );
  }

  #failed<T>(job: PersistentWrite<T>, thrown: unknown, tries: number): void {
    const error = toAppError(thrown);
    const passes = job.retry === 'all' || PASSING.has(error.code);
    const delayMs = persistDelayMs(tries, this.#random.unit());
    const { gaveUp } = job;
    if (passes && (gaveUp === undefined || this.#clock.clusterNow() + delayMs < job.giveUpAtMs)) {
      if (tries === 0) this.#begun(job.what, error);
      this.#clock.after(delayMs, () => this.#again(job, tries + 1));
      return;
    }
    if (tries > 0) this.#over(job.what);
    if (passes && gaveUp !== undefined) gaveUp();
    else job.refused(error);
  }

  /** One line for an outage, not one for each record it holds up. */
  #begun(what: string, error: AppError): void {
    if (this.#failing === 0) {
      this.#log.write('warn', `Cannot ${what}; it is tried again until it works, and the records stay in hand`, { code: error.code, reason: error.message });
    }
    this.#failing += 1;
  }

  #over(what: string): void {
    this.#failing -= 1;
    if (this.#failing === 0) this.#log.write('info', `No write is held up any more; the last was: ${what}`);
  }
}
