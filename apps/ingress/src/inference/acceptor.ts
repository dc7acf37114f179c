import { AppError, toAppError } from '#common/errors';
import type { Outcome } from '#common/envelope';
import { checkRequestedOutputs, checkTensors } from '#common/inference';
import type { AnswerForm, InferRequest } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import type { AcceptRecord, Bus, BusRecord, Clock, Log, Random, Replies } from '#common/ports';
import type { Admission, ReleaseTicket } from './admission.ts';
import { entryRecords } from './entry-records.ts';
import type { InferCall } from './infer-call.ts';
import type { PipelineDirectory } from './pipeline-directory.ts';
import { chooseTimeLimit } from './time-limit.ts';

export interface AcceptorPorts {
  readonly directory: PipelineDirectory;
  readonly admission: Admission;
  readonly bus: Bus;
  readonly replies: Replies;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** First word of topic names. */
  readonly prefix: string;
}

/** A request that is durable and on its way. From here on it ends in an outcome; it can no longer be refused. */
export interface Accepted {
  readonly record: AcceptRecord;
  readonly pipeline: CompiledPipeline;
  /** Resolves with the outcome whoever writes it; rejects when the waiting was stopped or the store stays away. */
  readonly outcome: Promise<Outcome>;
  /** Resolves when the first hops are acknowledged or given up (the deadline then ends the request). Never rejects. */
  readonly published: Promise<void>;
  /** Forgets the waiter; the request goes on. */
  stopWaiting(): void;
}

interface CheckedCall {
  readonly call: InferCall;
  readonly pipeline: CompiledPipeline;
  readonly mode: AcceptRecord['mode'];
  readonly limitMs: number;
}

/** Waits before the first hops are published again. What an attempt did write is written twice then, which every stage tolerates. */
const PUBLISH_AGAIN_AFTER_MS = [50, 250, 1000] as const;
const KEEP_SYNC_MS = 60_000;
const KEEP_ASYNC_MS = 24 * 3_600_000;
const SHUTDOWN_RETRY_MS = 2000;

/** Turns calls into accepted requests, in the order that loses none: check, admit, accept durably, register the waiter, publish. */
export class Acceptor {
  private readonly ports: AcceptorPorts;
  private readonly waiting = new Set<Accepted>();
  private closed = false;

  constructor(ports: AcceptorPorts) {
    this.ports = ports;
  }

  /** Takes nothing new from now on. */
  close(): void {
    this.closed = true;
  }

  /** Stops every wait; callers who still wait are told that the outcome is unknown for now. */
  abandon(): void {
    for (const accepted of this.waiting) accepted.stopWaiting();
  }

  /** @throws SHUTTING_DOWN */
  checkOpen(): void {
    if (!this.closed) return;
    const message = 'The server is shutting down and takes no new requests. Retry after 2 s; another instance may answer at once.';
    throw new AppError('SHUTTING_DOWN', message, { retryAfterMs: SHUTDOWN_RETRY_MS });
  }

  /** Rejects only with a refusal: nothing was accepted, nothing runs. */
  async accept(call: InferCall, mode: AcceptRecord['mode']): Promise<Accepted> {
    this.checkOpen();
    const pipeline = this.ports.directory.find(call.pipeline, call.version);
    checkCall(call, pipeline);
    const defaultMs = mode === 'sync' ? pipeline.deadline.syncMs : pipeline.deadline.asyncMs;
    const limitMs = chooseTimeLimit({ parameters: call.request.parameters, transportMs: call.timeoutMs, defaultMs });
    await this.ports.directory.demandReady(pipeline);
    const release = this.ports.admission.enter(call.bytes, this.ports.random.unit());
    try {
      const record = this.makeRecord({ call, pipeline, mode, limitMs });
      if (!(await this.ports.replies.accept(record))) throw new AppError('INTERNAL', `Request id ${record.requestId} was given out twice.`);
      return this.launch(record, pipeline, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  private makeRecord({ call, pipeline, mode, limitMs }: CheckedCall): AcceptRecord {
    const acceptedAtMs = this.ports.clock.clusterNow();
    const deadlineMs = acceptedAtMs + limitMs;
    const record = {
      requestId: this.ports.random.requestId(),
      tenant: call.tenant,
      pipeline: pipeline.name,
      version: pipeline.version,
      mode,
      acceptedAtMs,
      deadlineMs,
      keepUntilMs: mode === 'sync' ? deadlineMs + KEEP_SYNC_MS : Math.max(deadlineMs + KEEP_SYNC_MS, acceptedAtMs + KEEP_ASYNC_MS),
      ...(call.request.id === undefined ? {} : { clientId: call.request.id }),
      ...(mode === 'sync' ? {} : { answerForm: answerFormOf(call.request) }),
    };
    return { ...record, entry: entryRecords({ record, compiled: pipeline, call, prefix: this.ports.prefix }) };
  }

  private launch(record: AcceptRecord, pipeline: CompiledPipeline, release: ReleaseTicket): Accepted {
    const waiter = new AbortController();
    // The waiter is registered before publish: a warm pipeline answers faster than publish() resolves.
    const outcome = this.ports.replies.wait(record.requestId, waiter.signal);
    const published = this.publish(record.entry, record);
    const accepted: Accepted = { record, pipeline, outcome, published, stopWaiting: () => waiter.abort() };
    this.waiting.add(accepted);
    const over = (): void => {
      this.waiting.delete(accepted);
      release();
    };
    outcome.then(over, over);
    return accepted;
  }

  private async publish(records: readonly BusRecord[], { requestId, deadlineMs }: AcceptRecord): Promise<void> {
    for (const waitMs of [...PUBLISH_AGAIN_AFTER_MS, undefined]) {
      try {
        return await this.ports.bus.publish(records);
      } catch (error) {
        const late = waitMs === undefined || this.ports.clock.clusterNow() + waitMs >= deadlineMs;
        // Some of it may have been written, so this is no refusal any more: an outcome or the deadline ends the request.
        if (late) return this.ports.log.write('warn', `first hops of a request could not be published; its deadline ends it: ${toAppError(error).message}`, { requestId });
        await new Promise<void>((resolve) => void this.ports.clock.after(waitMs, resolve));
        if (this.ports.replies.hasEnded(requestId)) return;
      }
    }
  }
}

/** Everything that can be wrong with the request itself, before anything is accepted. */
function checkCall(call: InferCall, pipeline: CompiledPipeline): void {
  const owner = `pipeline "${pipeline.name}"`;
  checkTensors(owner, pipeline.inputs, call.request.inputs);
  checkRequestedOutputs(owner, pipeline.outputs, call.request.outputs);
}

function answerFormOf({ outputs, binaryOutput }: InferRequest): AnswerForm {
  return { ...(outputs === undefined ? {} : { outputs }), ...(binaryOutput === undefined ? {} : { binaryOutput }) };
}
