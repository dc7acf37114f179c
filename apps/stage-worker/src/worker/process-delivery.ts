import { decodeEnvelope } from '#common/envelope';
import type { Envelope } from '#common/envelope';
import { AppError, toAppError } from '#common/errors';
import { bindInputs, memberOf } from '#common/pipeline';
import type { Delivery } from '#common/ports';
import { checkRows, rowsOf } from '../batch/index.ts';
import { lastPublishedAtMs, mergeTimings } from '../join/index.ts';
import type { Join, JoinedParts } from '../join/index.ts';
import type { Counters } from './counters.ts';
import { deadLetterRecord } from './dead-letter.ts';
import { deadlineError } from './deadline-error.ts';
import type { Failures } from './failures.ts';
import type { InHand } from './in-hand.ts';
import { notBeforeMs, parkedRecord } from './parking.ts';
import type { Persistence } from './persistence.ts';
import { failedOutcome } from './request-end.ts';
import type { RequestEnd } from './request-end.ts';
import type { Settler } from './settler.ts';
import { isInputOf } from './stage-inputs.ts';
import type { StageScope } from './stage-scope.ts';
import type { Work } from './work.ts';

/** What to do with a request accepted with a pipeline version this worker does not run. `park`: another may know it; look again later.
 *  `end`: nobody can know it (one process holds everything), so the request ends at once with VERSION_GONE. */
export type UnknownVersion = 'park' | 'end';

export interface DeliveryOptions {
  readonly scope: StageScope;
  readonly persistence: Persistence;
  readonly end: RequestEnd;
  readonly inHand: InHand;
  readonly settler: Settler;
  readonly failures: Failures;
  readonly counters: Counters;
  readonly join: Join;
  readonly unknownVersion: UnknownVersion;
  /** The work is complete: batch it. `isLater` = not within the call that took its record, so nobody else will start the batch. */
  readonly ready: (work: Work, isLater: boolean) => void;
}

/**
 * The life of one message, up to the batch: seen before? -> readable? -> its version known? -> ended already? -> expired? -> not yet due? ->
 * join -> fetch payloads -> bind inputs. Each way out settles the record after its effects; none blocks a neighbour.
 */
export class DeliveryProcessor {
  readonly #options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Never throws and never waits. What can be computed at once reaches `ready` before this returns. */
  take(delivery: Delivery): void {
    if (!this.#options.inHand.take(delivery)) return;
    const dueAtMs = notBeforeMs(delivery);
    if (dueAtMs > 0 && this.#waitUntil(dueAtMs, () => this.#read(delivery))) return;
    this.#read(delivery);
  }

  /** Complete joins whose worker went silent. */
  takeUp(joined: JoinedParts): void {
    this.#joined(joined, undefined);
  }

  #read(delivery: Delivery): void {
    let envelope: Envelope;
    try {
      envelope = decodeEnvelope(delivery.bytes);
    } catch (thrown) {
      const error = toAppError(thrown, 'ENVELOPE_INVALID');
      if (error.code === 'ENVELOPE_VERSION_UNKNOWN') this.#park(delivery, Infinity);
      else this.#bury(delivery, error);
      return;
    }
    this.#check(delivery, envelope);
  }

  #check(delivery: Delivery, envelope: Envelope): void {
    const { scope, counters, inHand } = this.#options;
    const { pipeline, stage, replies, clock } = scope;
    if (replies.hasEnded(envelope.requestId)) {
      counters.droppedTotal += 1;
      inHand.settle(delivery);
      return;
    }
    const nowMs = clock.clusterNow();
    if (envelope.version !== pipeline.version) return this.#unknownVersion(delivery, envelope, nowMs);
    if (envelope.pipeline !== pipeline.name || envelope.stage !== stage.index) {
      const found = `a message for stage number ${String(envelope.stage)} of pipeline "${envelope.pipeline}" lies on the topic of stage "${stage.name}" of "${pipeline.name}"`;
      return this.#bury(delivery, new AppError('ENVELOPE_INVALID', found, { stage: stage.name }), envelope);
    }
    if (nowMs >= envelope.deadlineMs) return this.#expired(delivery, envelope, nowMs);
    if (envelope.notBeforeMs > nowMs && this.#waitUntil(envelope.notBeforeMs, () => this.#check(delivery, envelope))) return;
    this.#enter(delivery, envelope);
  }

  /** Waits with the record in hand; false when its time has come. */
  #waitUntil(atMs: number, then: () => void): boolean {
    const { scope, inHand } = this.#options;
    const delayMs = atMs - scope.clock.clusterNow();
    if (delayMs <= 0) return false;
    inHand.beginWait();
    scope.clock.after(delayMs, () => {
      inHand.endWait();
      then();
    });
    return true;
  }

  #enter(delivery: Delivery, envelope: Envelope): void {
    const { join, persistence, inHand } = this.#options;
    let isWhole: boolean;
    try {
      isWhole = join.isWhole(envelope);
    } catch (thrown) {
      return this.#bury(delivery, toAppError(thrown), envelope);
    }
    if (isWhole) return this.#start({ parts: [envelope], bytes: [delivery.bytes], head: envelope, delivery, lease: undefined, isLater: envelope.notBeforeMs > 0 });
    persistence.run<JoinedParts | undefined>({
      what: 'add parts to joins',
      write: () => join.add(envelope, delivery.bytes),
      giveUpAtMs: envelope.deadlineMs,
      done: (joined) => {
        if (joined === undefined) inHand.settle(delivery);
        else this.#joined(joined, { delivery, member: memberOf(envelope) });
      },
      gaveUp: () => this.#expired(delivery, envelope, this.#options.scope.clock.clusterNow()),
      // Another part may have come from a newer Millrace, though this one did not.
      refused: (error) => (error.code === 'ENVELOPE_VERSION_UNKNOWN' ? this.#park(delivery, envelope.deadlineMs) : this.#bury(delivery, error, envelope)),
    });
  }

  #joined(joined: JoinedParts, by: { readonly delivery: Delivery; readonly member: string } | undefined): void {
    const { parts, bytes, lease } = joined;
    const [first] = parts;
    if (first === undefined || this.#options.settler.adopt(joined, by?.delivery)) return;
    const head = parts.find((part) => memberOf(part) === by?.member) ?? first;
    this.#start({ parts, bytes, head, delivery: by?.delivery, lease, isLater: true });
  }

  #start(found: Pick<Work, 'parts' | 'bytes' | 'head' | 'lease'> & { readonly delivery: Delivery | undefined; readonly isLater: boolean }): void {
    const { scope, settler, failures, ready, persistence } = this.#options;
    const { stage, claims } = scope;
    const work = newWork(found, scope.clock.clusterNow());
    settler.begin(work);
    const bind = (parts: readonly Envelope[], isLater: boolean): void => {
      try {
        work.inputs = bindInputs(stage, parts);
        checkRows(stage, work.inputs);
      } catch (thrown) {
        return failures.failed(work, toAppError(thrown));
      }
      work.rows = rowsOf(work.inputs);
      ready(work, isLater);
    };
    const isInput = isInputOf(stage);
    if (!claims.mustFetch(work.parts, isInput)) return bind(work.parts, found.isLater);
    persistence.run({
      what: 'fetch payloads',
      write: () => claims.fetch(work.parts, isInput),
      giveUpAtMs: work.deadlineMs,
      done: (parts) => bind(parts, true),
      gaveUp: () => failures.expire(work, 'batch'),
      refused: (error) => (error.code === 'PAYLOAD_LOST' ? this.#lost(work, error) : failures.failed(work, error)),
    });
  }

  /** Payloads go with the outcome, so a record that comes back after it finds none: only a request that has not ended has lost something. */
  #lost(work: Work, error: AppError): void {
    const { scope, failures, persistence } = this.#options;
    persistence.run({
      what: 'look up requests',
      write: () => scope.replies.peek(work.requestId),
      giveUpAtMs: work.deadlineMs,
      done: (view) => (view?.state === 'queued' || view?.state === 'running' ? failures.failed(work, error) : failures.drop(work)),
      gaveUp: () => failures.expire(work, 'batch'),
      refused: () => failures.failed(work, error),
    });
  }

  #expired(delivery: Delivery, envelope: Envelope, nowMs: number): void {
    const { scope, counters, end, inHand } = this.#options;
    const { acceptedAtMs, deadlineMs, publishedAtMs, attempt } = envelope;
    const here = { stage: scope.stage.name, attempt, queueMs: nowMs - publishedAtMs, batchMs: 0, computeMs: 0, batchRows: 0 };
    const timings = [...envelope.timings, here];
    const error = deadlineError({ stage: scope.stage.name, before: 'compute', acceptedAtMs, deadlineMs, nowMs, timings });
    counters.expiredTotal += 1;
    end.end(envelope.requestId, failedOutcome(error, nowMs, timings), () => inHand.settle(delivery));
  }

  #unknownVersion(delivery: Delivery, envelope: Envelope, nowMs: number): void {
    const { scope, end, inHand, unknownVersion } = this.#options;
    const { pipeline, stage } = scope;
    const isOver = nowMs >= envelope.deadlineMs;
    if (unknownVersion === 'park' && !isOver) return this.#park(delivery, envelope.deadlineMs);
    const message = `stage "${stage.name}" was sent a request for version ${envelope.version} of pipeline "${pipeline.name}", but runs ${pipeline.version}. Send the request again.`;
    const error = new AppError('VERSION_GONE', message, { stage: stage.name });
    end.end(envelope.requestId, failedOutcome(error, nowMs, envelope.timings), () => inHand.settle(delivery));
  }

  #park(delivery: Delivery, giveUpAtMs: number): void {
    const { scope, persistence, counters, inHand } = this.#options;
    const record = parkedRecord(delivery, scope.retryTopic, scope.clock.clusterNow());
    counters.parkedTotal += 1;
    const settle = (): void => inHand.settle(delivery);
    persistence.run({
      what: `park records on ${scope.retryTopic}`,
      write: () => scope.bus.publish([record]),
      giveUpAtMs,
      retry: 'all',
      done: settle,
      // A request past its deadline is ended by the ingress, which knows it by its accept record.
      ...(Number.isFinite(giveUpAtMs) ? { gaveUp: settle } : {}),
      refused: settle,
    });
  }

  /** Keeps the record for people; a request that can be told from it ends in the error. */
  #bury(delivery: Delivery, error: AppError, envelope?: Envelope): void {
    const { scope, counters, failures, end, inHand } = this.#options;
    const { deadLetterTopic: topic, group, workerId, stage, clock } = scope;
    const atMs = clock.clusterNow();
    counters.deadLetteredTotal += 1;
    const letter = { topic, group, workerId, stage: stage.name, bytes: delivery.bytes, delivery, envelope, error, attempts: envelope?.attempt ?? 1, part: 1, parts: 1, atMs };
    failures.bury([deadLetterRecord(letter)], () => {
      if (envelope === undefined) inHand.settle(delivery);
      else end.end(envelope.requestId, failedOutcome(error, atMs, envelope.timings), () => inHand.settle(delivery));
    });
  }
}

function newWork(found: Pick<Work, 'parts' | 'bytes' | 'head' | 'lease'> & { readonly delivery: Delivery | undefined }, nowMs: number): Work {
  const { parts, bytes, head, lease, delivery } = found;
  return {
    requestId: head.requestId,
    parameters: head.parameters,
    deadlineMs: head.deadlineMs,
    parts,
    bytes,
    head,
    deliveries: delivery === undefined ? [] : [delivery],
    lease,
    inputs: {},
    rows: undefined,
    takenAtMs: nowMs,
    queueMs: Math.max(0, nowMs - lastPublishedAtMs(parts)),
    attempt: head.attempt,
    alone: head.attempt > 1,
    timings: mergeTimings(parts),
    waiting: false,
  };
}
