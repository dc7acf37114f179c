import { AppError, toAppError } from '#common/errors';
import type { Outcome } from '#common/envelope';
import type { ClaimChecks } from '#common/payloads';
import type { Clock, Replies } from '#common/ports';
import type { Accepted, Acceptor } from './acceptor.ts';
import { answerOf } from './answer.ts';
import { cancelledOutcome, deadlineOutcome } from './ending.ts';
import type { Answer, Failed, InferCall } from './infer-call.ts';
import { Interruption } from './interruption.ts';
import type { InterruptionCause } from './interruption.ts';

export interface InferencePorts {
  readonly acceptor: Acceptor;
  readonly replies: Replies;
  readonly claims: ClaimChecks;
  readonly clock: Clock;
}

/**
 * Runs requests through pipelines. Every edge calls this. A rejection is a refusal (nothing was accepted); once a request is accepted, what
 * happens to it is in the answer, and whatever terminal thing an answer says was written as the outcome first.
 */
export class InferenceService {
  private readonly ports: InferencePorts;
  private callers = 0;

  constructor(ports: InferencePorts) {
    this.ports = ports;
  }

  /** Callers who wait for an answer right now. */
  get waiting(): number {
    return this.callers;
  }

  /** Waits for the answer, for as long as the deadline allows; a caller who goes away cancels the request. */
  infer(call: InferCall): Promise<Answer> {
    return this.counted(async () => {
      const accepted = await this.ports.acceptor.accept(call, 'sync');
      return this.settle(accepted, () => this.outcomeInTime(accepted, call.signal));
    });
  }

  /** Accepts and answers `pending`, unless the outcome comes within `waitMs`. The request outlives its caller. */
  submit(call: InferCall, waitMs: number): Promise<Answer> {
    return this.counted(async () => {
      const accepted = await this.ports.acceptor.accept(call, 'async');
      await accepted.published;
      const pending: Answer = { state: 'pending', requestId: accepted.record.requestId, pipeline: accepted.pipeline.name, totalMs: this.age(accepted) };
      if (waitMs <= 0) return pending;
      return this.settle(accepted, () => this.outcomeWithin(accepted, waitMs, call.signal), pending);
    });
  }

  private async counted(run: () => Promise<Answer>): Promise<Answer> {
    this.callers += 1;
    try {
      return await run();
    } finally {
      this.callers -= 1;
    }
  }

  /** The outcome as an answer; `otherwise` when there is none yet. */
  private async settle(accepted: Accepted, find: () => Promise<Outcome | undefined>, otherwise?: Answer): Promise<Answer> {
    const { record, pipeline } = accepted;
    try {
      const outcome = await find();
      if (outcome !== undefined) return await answerOf(outcome, { record, outputs: pipeline.outputs, totalMs: this.age(accepted), claims: this.ports.claims });
      return otherwise ?? this.unknown(accepted, 'its outcome has expired');
    } catch (error) {
      return this.unknown(accepted, toAppError(error).message);
    }
  }

  private async outcomeInTime(accepted: Accepted, signal: AbortSignal): Promise<Outcome | undefined> {
    const first = await this.race(accepted, accepted.record.deadlineMs - this.ports.clock.clusterNow(), signal);
    if (typeof first !== 'string') return first;
    try {
      const ending = first === 'time' ? await this.overrun(accepted) : cancelledOutcome('The caller closed the connection before the answer was ready.', this.ports.clock.clusterNow());
      return (await this.ports.replies.complete(accepted.record.requestId, ending)).winner;
    } finally {
      accepted.stopWaiting();
    }
  }

  private async outcomeWithin(accepted: Accepted, waitMs: number, signal: AbortSignal): Promise<Outcome | undefined> {
    const first = await this.race(accepted, waitMs, signal);
    return typeof first === 'string' ? undefined : first;
  }

  private async race(accepted: Accepted, waitMs: number, signal: AbortSignal): Promise<Outcome | InterruptionCause> {
    const interruption = new Interruption(this.ports.clock, waitMs, signal);
    try {
      return await Promise.race([accepted.outcome, interruption.first]);
    } finally {
      interruption.callOff();
    }
  }

  private async overrun({ record, pipeline }: Accepted): Promise<Outcome> {
    const view = await this.ports.replies.peek(record.requestId);
    return deadlineOutcome({ view, pipeline, atMs: this.ports.clock.clusterNow() });
  }

  private unknown(accepted: Accepted, why: string): Failed {
    const { requestId } = accepted.record;
    const message = `Request ${requestId} was accepted, but what became of it cannot be told now: ${why}. Ask again at /v2/requests/${requestId}.`;
    const error = new AppError('OUTCOME_UNKNOWN', message, { retryAfterMs: 1000 });
    return { state: 'failed', requestId, pipeline: accepted.pipeline.name, totalMs: this.age(accepted), error, timings: [] };
  }

  private age({ record }: Accepted): number {
    return this.ports.clock.clusterNow() - record.acceptedAtMs;
  }
}
