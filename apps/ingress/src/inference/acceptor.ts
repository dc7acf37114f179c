import { AppError, toAppError } from '#common/errors';
import type { Outcome } from '#common/envelope';
import { checkRequestedOutputs, checkTensors } from '#common/inference';
import type { AnswerForm, InferRequest } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import type { ClaimChecks } from '#common/payloads';
import type { AcceptRecord, Bus, Clock, Log, Random, Replies } from '#common/ports';
import type { Admission, ReleaseTicket } from './admission.ts';
import { entryBytes, entryRecords } from './entry-records.ts';
import type { InferCall } from './infer-call.ts';
import { Interruption } from './interruption.ts';
import type { PipelineDirectory } from './pipeline-directory.ts';
import { chooseTimeLimit } from './time-limit.ts';

export interface AcceptorPorts {
  readonly directory: PipelineDirectory;
  readonly admission: Admission;
  readonly bus: Bus;
  readonly replies: Replies;
  readonly claims: ClaimChecks;
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
  /** Resolves when the first hops are acknowledged, or when that takes long (it is tried on until the deadline). Never rejects. */
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
const PUBLISH_AGAIN_AFTER_MS: readonly number[] = [50, 250, 1000];
/** And then for as long as the request has: it is accepted, and an asynchronous one has an hour. */
const PUBLISH_ON_EVERY_MS = 5000;
const KEEP_SYNC_MS = 60_000;
const KEEP_ASYNC_MS = 24 * 3_600_000;
const SHUTDOWN_RETRY_MS = 2000;

/** Turns calls into accepted requests, in the order that loses none: check, admit, store big tensors, accept durably, register the waiter, publish. */
export class Acceptor {
  private readonly ports: AcceptorPorts;
  private readonly waiting = new Set<AbortController>();
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
    for (const waiter of this.waiting) waiter.abort();
  }

  /** Counts a request that was accepted before a restart and runs again now, so that restarts never add up to more than the limits. */
  adopt({ requestId, bytes }: { readonly requestId: string; readonly bytes: number }): void {
    this.watch(requestId, new AbortController(), this.ports.admission.take(bytes));
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
    const release = this.ports.admission.enter(Math.max(call.bytes, entryBytes(pipeline, call)), this.ports.random.unit());
    try {
      const record = await this.acceptDurably({ call, pipeline, mode, limitMs });
      return this.launch(record, pipeline, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  private async acceptDurably(checked: CheckedCall): Promise<AcceptRecord> {
    const { claims, prefix, replies } = this.ports;
    const { call, pipeline: compiled } = checked;
    const head = this.makeHead(checked);
    try {
      const record = { ...head, entry: await entryRecords({ record: head, compiled, call, prefix, claims }) };
      if (await replies.accept(record)) return record;
    } catch (error) {
      // Nothing runs that could need them. The store may be what failed: it is not waited for.
      void claims.giveUp(head.requestId);
      throw error;
    }
    throw new AppError('INTERNAL', `Request id ${head.requestId} was given out twice.`);
  }

  private makeHead({ call, pipeline, mode, limitMs }: CheckedCall): Omit<AcceptRecord, 'entry'> {
    const acceptedAtMs = this.ports.clock.clusterNow();
    const deadlineMs = acceptedAtMs + limitMs;
    return {
      requestId: this.ports.random.requestId(),
      tenant: call.tenant,
      pipeline: pipeline.name,
      version: pipeline.version,
      mode,
      acceptedAtMs,
      deadlineMs,
      keepUntilMs: mode === 'sync' ? deadlineMs + KEEP_SYNC_MS : Math.max(deadlineMs + KEEP_SYNC_MS, acceptedAtMs + KEEP_ASYNC_MS),
      ...(call.request.id === undefined ? {} : { clientId: call.request.id }),
      ...(mode === 'sync' ? {} : { answerForm: answerFormOf(call.request), outputs: pipeline.outputs.map(({ name, from }) => ({ name, from })) }),
    };
  }

  private launch(record: AcceptRecord, pipeline: CompiledPipeline, release: ReleaseTicket): Accepted {
    const waiter = new AbortController();
    // The waiter is registered before publish: a warm pipeline answers faster than publish() resolves.
    const outcome = this.watch(record.requestId, waiter, release);
    const published = new Promise<void>((resolve) => void this.publish(record, waiter.signal, resolve));
    return { record, pipeline, outcome, published, stopWaiting: () => waiter.abort() };
  }

  /** Waits for the outcome, and gives the place back when the waiting is over. */
  private watch(requestId: string, waiter: AbortController, release: ReleaseTicket): Promise<Outcome> {
    const outcome = this.ports.replies.wait(requestId, waiter.signal);
    this.waiting.add(waiter);
    const over = (): void => {
      this.waiting.delete(waiter);
      release();
    };
    outcome.then(over, over);
    return outcome;
  }

  /** Some of a publish that failed may have been written, so this is no refusal any more: an outcome or the deadline ends the request. */
  private async publish({ entry, requestId, deadlineMs }: AcceptRecord, signal: AbortSignal, onFirstTries: () => void): Promise<void> {
    const { bus, clock, log, replies } = this.ports;
    for (let tries = 0; ; tries += 1) {
      const failure = await bus.publish(entry).then(() => undefined, toAppError);
      if (failure === undefined) break;
      if (tries === PUBLISH_AGAIN_AFTER_MS.length) {
        log.write('warn', `first hops of a request could not be published; it is tried on until its deadline: ${failure.message}`, { requestId });
        onFirstTries();
      }
      const waitMs = PUBLISH_AGAIN_AFTER_MS[tries] ?? PUBLISH_ON_EVERY_MS;
      if (clock.clusterNow() + waitMs >= deadlineMs) break;
      const pause = new Interruption(clock, waitMs, signal);
      await pause.first;
      pause.callOff();
      if (signal.aborted || replies.hasEnded(requestId)) break;
    }
    onFirstTries();
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
