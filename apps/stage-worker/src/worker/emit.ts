import { encodeEnvelope } from '#common/envelope';
import type { Envelope, Outcome } from '#common/envelope';
import { AppError, toAppError, toErrorInfo } from '#common/errors';
import { bindAnswer, isAnswer, route } from '#common/pipeline';
import type { NextMessage } from '#common/pipeline';
import type { BusRecord } from '#common/ports';
import type { ExecuteOutputs } from '../executors/index.ts';
import { mergeTimings } from '../join/index.ts';
import type { Join, JoinedParts } from '../join/index.ts';
import { deadlineError } from './deadline-error.ts';
import type { Failures } from './failures.ts';
import type { Persistence } from './persistence.ts';
import { failedOutcome } from './request-end.ts';
import type { RequestEnd } from './request-end.ts';
import type { Settler } from './settler.ts';
import type { StageScope } from './stage-scope.ts';
import type { Work } from './work.ts';

export interface EmitOptions {
  readonly scope: StageScope;
  readonly persistence: Persistence;
  readonly end: RequestEnd;
  readonly settler: Settler;
  readonly failures: Failures;
  /** The answer's join; undefined where one stage gives the answer. */
  readonly answerJoin: Join | undefined;
}

/** A computed request: its messages to stages, and its part of the answer. */
interface Routed {
  readonly work: Work;
  readonly hops: readonly Envelope[];
  readonly answer: Envelope | undefined;
}

/** The same, ready to go. */
interface Emission extends Routed {
  readonly records: readonly BusRecord[];
}

/**
 * Sends on what was computed, in this order: big tensors stored, next hops acknowledged, then the answer stored, then the join closed, then the
 * record settled.
 * A bus or store that is away is tried until the deadline. From then on the message would serve nobody, so the request is ended with its
 * deadline instead, which is tried for as long as it takes. The record is never left unsettled for good (it would hold the commit of its
 * partition), and never settled while its request could still end in silence.
 */
export class Emitter {
  readonly #options: EmitOptions;

  constructor(options: EmitOptions) {
    this.#options = options;
  }

  /** The requests of one batch, their hops published together. The timing of this stage is in each work already. */
  emit(works: readonly Work[], outputs: readonly ExecuteOutputs[]): void {
    const { claims, replies, stage } = this.#options.scope;
    const emissions: Emission[] = [];
    for (const [index, work] of works.entries()) {
      const routed = this.#route(work, outputs[index] ?? {});
      if (routed === undefined) continue;
      replies.progress(work.requestId, stage.name);
      const messages = this.#messages(routed);
      const emission = claims.mustStore(messages) ? this.#store(routed, messages) : this.#encode(routed);
      if (emission !== undefined) emissions.push(emission);
    }
    this.#send(emissions);
  }

  #send(emissions: readonly Emission[]): void {
    const hops = emissions.filter((emission) => emission.records.length > 0);
    for (const emission of emissions) if (emission.records.length === 0) this.#answer(emission);
    if (hops.length > 0) this.#publish(hops);
  }

  #route(work: Work, outputs: ExecuteOutputs): Routed | undefined {
    const { scope, failures } = this.#options;
    const { pipeline, stage, clock } = scope;
    try {
      const hops: Envelope[] = [];
      let answer: Envelope | undefined;
      const publishedAtMs = clock.clusterNow();
      for (const message of route(pipeline, { stage: stage.index, parts: work.parts, outputs })) {
        const envelope = nextEnvelope(work, message, stage.index, publishedAtMs);
        if (isAnswer(pipeline, message.to)) answer = envelope;
        else hops.push(envelope);
      }
      return { work, hops, answer };
    } catch (thrown) {
      failures.failed(work, toAppError(thrown));
      return undefined;
    }
  }

  /** What others will read. An answer that is complete becomes the outcome, which is kept whole. */
  #messages({ hops, answer }: Routed): readonly Envelope[] {
    return answer === undefined || this.#options.answerJoin === undefined ? hops : [...hops, answer];
  }

  #store(routed: Routed, messages: readonly Envelope[]): undefined {
    const { scope, persistence, failures } = this.#options;
    const { work, hops, answer } = routed;
    const deposit = scope.claims.deposit(work, messages);
    persistence.run({
      what: 'store payloads',
      write: () => deposit.store(),
      giveUpAtMs: work.deadlineMs,
      done: (stored) => {
        const emission = this.#encode({ work, hops: stored.slice(0, hops.length), answer: stored[hops.length] ?? answer });
        if (emission !== undefined) this.#send([emission]);
      },
      gaveUp: () => failures.expire(work, 'emit'),
      refused: (error) => failures.failed(work, error),
    });
  }

  #encode(routed: Routed): Emission | undefined {
    const { scope, failures } = this.#options;
    const { work, hops } = routed;
    try {
      const records = hops.map((envelope): BusRecord => {
        const topic = scope.topics[envelope.stage] ?? '';
        return { topic, key: work.requestId, bytes: scope.claims.encode(envelope, topic) };
      });
      return { ...routed, records };
    } catch (thrown) {
      failures.failed(work, toAppError(thrown));
      return undefined;
    }
  }

  #publish(emissions: readonly Emission[]): void {
    const { scope, persistence, failures } = this.#options;
    const [only] = emissions;
    const records = emissions.length === 1 && only !== undefined ? only.records : emissions.flatMap((emission) => emission.records);
    let latestDeadlineMs = 0;
    for (const { work } of emissions) if (work.deadlineMs > latestDeadlineMs) latestDeadlineMs = work.deadlineMs;
    persistence.run({
      what: 'publish to the next stages',
      write: () => scope.bus.publish(records),
      giveUpAtMs: latestDeadlineMs,
      done: () => {
        for (const emission of emissions) this.#answer(emission);
      },
      gaveUp: () => {
        for (const { work } of emissions) failures.expire(work, 'emit');
      },
      refused: (error) => {
        // One message may be at fault, too big for the bus say: alone, only its own request fails.
        if (emissions.length === 1 && only !== undefined) failures.failed(only.work, error);
        else for (const emission of emissions) this.#publish([emission]);
      },
    });
  }

  #answer({ work, answer }: Routed): void {
    const { answerJoin, settler } = this.#options;
    if (answer === undefined) settler.finish(work);
    else if (answerJoin === undefined) this.#complete(answer, [answer], () => settler.finish(work));
    else this.#joinAnswer(answerJoin, answer, work);
  }

  #joinAnswer(join: Join, answer: Envelope, work: Work): void {
    const { persistence, failures, settler } = this.#options;
    const bytes = encodeEnvelope(answer);
    persistence.run<JoinedParts | undefined>({
      what: 'add to the answer',
      write: () => join.add(answer, bytes),
      giveUpAtMs: work.deadlineMs,
      done: (joined) => {
        if (joined === undefined) settler.finish(work);
        else this.completeAnswer(joined, () => settler.finish(work));
      },
      gaveUp: () => failures.expire(work, 'emit'),
      refused: (error) => failures.failed(work, error),
    });
  }

  /** Ends a request whose answer is complete; also called for one whose worker went silent over it. */
  completeAnswer({ parts, lease }: JoinedParts, done: () => void): void {
    const { scope } = this.#options;
    const close = (): void => {
      // As with every join: one that could not be closed fires again, and its outcome comes second.
      scope.joins.done(lease).then(done, done);
    };
    const [head] = parts;
    if (head === undefined) close();
    else this.#complete(head, parts, close);
  }

  /** The outcome holds its tensors: it may be kept for a day, payloads go soon after the deadline. */
  #complete(head: Envelope, parts: readonly Envelope[], done: () => void): void {
    const { scope, end, persistence } = this.#options;
    const { claims, clock, stage } = scope;
    const { requestId, acceptedAtMs, deadlineMs } = head;
    const timings = parts.length === 1 ? head.timings : mergeTimings(parts);
    if (!claims.mustFetch(parts)) return end.end(requestId, this.#outcome(parts, timings), done);
    const fail = (error: AppError): void => end.end(requestId, failedOutcome(error, clock.clusterNow(), timings), done);
    persistence.run({
      what: 'fetch payloads',
      write: () => claims.fetch(parts),
      giveUpAtMs: deadlineMs,
      done: (whole) => end.end(requestId, this.#outcome(whole, timings), done),
      gaveUp: () => fail(deadlineError({ stage: stage.name, before: 'emit', acceptedAtMs, deadlineMs, nowMs: clock.clusterNow(), timings })),
      // Payloads that are gone because the request has its outcome change nothing: the first outcome holds.
      refused: (error) => fail(this.#named(error)),
    });
  }

  #outcome(parts: readonly Envelope[], timings: Envelope['timings']): Outcome {
    const { pipeline, clock } = this.#options.scope;
    const atMs = clock.clusterNow();
    try {
      return { kind: 'result', atMs, timings, tensors: bindAnswer(pipeline, parts) };
    } catch (thrown) {
      return { kind: 'error', atMs, timings, error: toErrorInfo(this.#named(toAppError(thrown))) };
    }
  }

  #named({ code, message, retryable, cause }: AppError): AppError {
    const { name } = this.#options.scope.stage;
    return new AppError(code, `stage "${name}" made the answer: ${message}`, { stage: name, retryable, cause });
  }
}

function nextEnvelope(work: Work, message: NextMessage, from: number, publishedAtMs: number): Envelope {
  const { head } = work;
  return {
    requestId: head.requestId,
    pipeline: head.pipeline,
    version: head.version,
    tenant: head.tenant,
    stage: message.to,
    from,
    run: head.run,
    attempt: 1,
    acceptedAtMs: head.acceptedAtMs,
    deadlineMs: head.deadlineMs,
    publishedAtMs,
    notBeforeMs: 0,
    ...(message.scatter === undefined ? {} : { scatter: message.scatter }),
    traceparent: head.traceparent,
    tracestate: head.tracestate,
    parameters: head.parameters,
    timings: work.timings,
    tensors: message.tensors,
  };
}
