import { encodeEnvelope } from '#common/envelope';
import { AppError, toErrorInfo } from '#common/errors';
import type { BusRecord } from '#common/ports';
import type { Counters } from './counters.ts';
import { deadLetterRecord } from './dead-letter.ts';
import { deadlineError } from './deadline-error.ts';
import type { Expiry } from './deadline-error.ts';
import { judge } from './outcome.ts';
import type { Verdict } from './outcome.ts';
import type { Persistence } from './persistence.ts';
import { failedOutcome } from './request-end.ts';
import type { RequestEnd } from './request-end.ts';
import type { Settler } from './settler.ts';
import type { StageScope } from './stage-scope.ts';
import { timingOf } from './work.ts';
import type { Work } from './work.ts';

export interface FailureOptions {
  readonly scope: StageScope;
  readonly persistence: Persistence;
  readonly end: RequestEnd;
  readonly settler: Settler;
  readonly counters: Counters;
  /** Puts the work before the executors again. */
  readonly again: (work: Work) => void;
  /** A dead letter cannot be written (true), can again (false): nothing new is taken up meanwhile. */
  readonly onBlocked: (blocked: boolean) => void;
}

/** What happens to work that did not succeed. Each call ends the work in one way, and settles it after that way's effects are durable. */
export class Failures {
  readonly #options: FailureOptions;

  constructor(options: FailureOptions) {
    this.#options = options;
  }

  /** An attempt failed; its timing is in the work already. */
  failed(work: Work, thrown: AppError): void {
    const { scope, counters } = this.#options;
    const { clock, random, stage } = scope;
    counters.failedTotal += 1;
    const error = named(thrown, stage.name);
    const remainingMs = work.deadlineMs - clock.clusterNow();
    this.#apply(judge({ error, attempt: work.attempt, retry: stage.retry, remainingMs, unit: random.unit() }), work, error);
  }

  /** The request's time is over. */
  expire(work: Work, before: Expiry['before']): void {
    const { scope, counters, end, settler } = this.#options;
    const { clock, stage } = scope;
    const nowMs = clock.clusterNow();
    const { head } = work;
    const isComputed = before === 'emit' || before === 'retry';
    const timings = isComputed ? work.timings : [...work.timings, timingOf(work, stage.name, { nowMs })];
    const error = deadlineError({ stage: stage.name, before, acceptedAtMs: head.acceptedAtMs, deadlineMs: work.deadlineMs, nowMs, timings });
    counters.expiredTotal += 1;
    end.end(work.requestId, failedOutcome(error, nowMs, timings), () => settler.finish(work));
  }

  /** The request has its outcome already. */
  drop(work: Work): void {
    this.#options.counters.droppedTotal += 1;
    this.#options.settler.finish(work);
  }

  #apply(verdict: Verdict, work: Work, error: AppError): void {
    switch (verdict.action) {
      case 'done':
      case 'drop':
        return this.drop(work);
      case 'expire':
        return this.expire(work, 'retry');
      case 'fail':
        return this.#fail(work, error);
      case 'dead-letter':
        return this.#deadLetter(work, error);
      case 'retry':
        this.#options.counters.retriedTotal += 1;
        // A join's parts lie in the store, not in one record, so it waits here whatever the time.
        if (verdict.inPlace || work.lease !== undefined) return this.#wait(work, verdict.delayMs, verdict.inPlace);
        return this.#sendToRetryTopic(work, verdict.delayMs, error);
    }
  }

  #wait(work: Work, delayMs: number, isShort: boolean): void {
    const { scope, settler, again } = this.#options;
    work.waiting = !isShort;
    // Should this worker die, the join fires again by its lease; until then its record must not hold the commit.
    if (!isShort) settler.settleRecords(work);
    scope.clock.after(delayMs, () => {
      work.waiting = false;
      work.attempt += 1;
      work.queueMs = delayMs;
      work.takenAtMs = scope.clock.clusterNow();
      work.alone = true;
      again(work);
    });
  }

  #sendToRetryTopic(work: Work, delayMs: number, error: AppError): void {
    const { scope, persistence, settler } = this.#options;
    const nowMs = scope.clock.clusterNow();
    const next = { ...work.head, attempt: work.attempt + 1, notBeforeMs: nowMs + delayMs, publishedAtMs: nowMs, timings: work.timings, lastError: toErrorInfo(error) };
    const record: BusRecord = { topic: scope.retryTopic, key: work.requestId, bytes: encodeEnvelope(next) };
    persistence.run({
      what: `publish to ${scope.retryTopic}`,
      write: () => scope.bus.publish([record]),
      giveUpAtMs: work.deadlineMs,
      done: () => settler.finish(work),
      gaveUp: () => this.expire(work, 'retry'),
      refused: (refusal) => this.#fail(work, named(refusal, scope.stage.name)),
    });
  }

  #fail(work: Work, error: AppError): void {
    const { scope, end, settler } = this.#options;
    end.end(work.requestId, failedOutcome(error, scope.clock.clusterNow(), work.timings), () => settler.finish(work));
  }

  /** The dead letter first: once the request has its outcome, a record that returns is dropped, and the letter would never be written. */
  #deadLetter(work: Work, error: AppError): void {
    const { scope, counters } = this.#options;
    const atMs = scope.clock.clusterNow();
    const [first] = work.deliveries;
    const records = work.bytes.map((bytes, index) =>
      deadLetterRecord({
        topic: scope.deadLetterTopic, group: scope.group, workerId: scope.workerId, stage: scope.stage.name,
        bytes, envelope: work.parts[index], delivery: work.parts[index] === work.head ? first : undefined,
        error, attempts: work.attempt, part: index + 1, parts: work.bytes.length, atMs,
      }));
    counters.deadLetteredTotal += 1;
    this.bury(records, () => this.#fail(work, error));
  }

  /** Writes dead letters, whatever it takes: while it does not succeed the worker takes up nothing new, and nothing is settled. */
  bury(records: readonly BusRecord[], done: () => void): void {
    const { scope, persistence, onBlocked } = this.#options;
    let isBlocked = false;
    persistence.run({
      what: `write dead letters to ${scope.deadLetterTopic}`,
      write: async () => {
        try {
          await scope.bus.publish(records);
        } catch (thrown) {
          if (!isBlocked) onBlocked(true);
          isBlocked = true;
          throw thrown;
        }
      },
      giveUpAtMs: Infinity,
      retry: 'all',
      done: () => {
        if (isBlocked) onBlocked(false);
        done();
      },
      refused: () => undefined,
    });
  }
}

/** The error as the caller sees it: its message names the stage. */
function named(error: AppError, stage: string): AppError {
  const message = error.message.includes(`"${stage}"`) ? error.message : `stage "${stage}": ${error.message}`;
  const { code, retryable, reason, cause } = error;
  return new AppError(code, message, { stage, retryable, cause, ...(reason === undefined ? {} : { reason }) });
}
