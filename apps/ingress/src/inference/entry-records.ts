import type { Envelope } from '#common/envelope';
import { SOURCE, routeEntry, topicName } from '#common/pipeline';
import type { CompiledPipeline } from '#common/pipeline';
import { AppError } from '#common/errors';
import type { ClaimChecks } from '#common/payloads';
import type { AcceptRecord, BusRecord } from '#common/ports';
import type { InferCall } from './infer-call.ts';

export interface EntrySource {
  readonly compiled: CompiledPipeline;
  readonly record: Omit<AcceptRecord, 'entry'>;
  readonly call: InferCall;
  readonly prefix: string;
  readonly claims: ClaimChecks;
}

/** The first epoch of a request; one that is started over gets a higher one, so that its joins never meet old parts. */
const FIRST_RUN = 1;
const FIRST_ATTEMPT = 1;

/**
 * The messages a request starts with, as records of their stages' topics; big tensors are stored before it resolves. Rejects with PAYLOAD_TOO_LARGE
 * when the bus would not take one of them, and with STORE_UNAVAILABLE.
 */
export async function entryRecords({ compiled, record, call, prefix, claims }: EntrySource): Promise<readonly BusRecord[]> {
  const base = {
    requestId: record.requestId,
    pipeline: record.pipeline,
    version: record.version,
    tenant: record.tenant,
    from: SOURCE,
    run: FIRST_RUN,
    attempt: FIRST_ATTEMPT,
    acceptedAtMs: record.acceptedAtMs,
    deadlineMs: record.deadlineMs,
    publishedAtMs: record.acceptedAtMs,
    notBeforeMs: 0,
    traceparent: call.traceparent,
    tracestate: call.tracestate,
    parameters: call.request.parameters,
    timings: [],
  };
  const messages = routeEntry(compiled, call.request.inputs).map(({ to, tensors, scatter }): Envelope => ({ ...base, stage: to, tensors, ...(scatter === undefined ? {} : { scatter }) }));
  const travelling = claims.mustStore(messages) ? await claims.deposit(record, messages).store() : messages;
  return travelling.map((envelope) => {
    const topic = topicName(compiled.name, stageName(compiled, envelope.stage), prefix);
    return { topic, key: record.requestId, bytes: claims.encode(envelope, topic) };
  });
}

/** Bytes of the tensors in the first messages: several stages may start with the same one, and JSON may have been shorter than what it says. */
export function entryBytes({ entry }: CompiledPipeline, { request }: InferCall): number {
  let bytes = 0;
  for (const { cargo } of entry) for (const { tensor } of cargo) bytes += request.inputs[tensor]?.bytes.length ?? 0;
  return bytes;
}

function stageName(pipeline: CompiledPipeline, index: number): string {
  const stage = pipeline.stages[index];
  if (stage === undefined) throw new AppError('INTERNAL', `Pipeline "${pipeline.name}" starts at stage number ${index}, which it does not have.`);
  return stage.name;
}
