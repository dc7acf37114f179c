import { encodeEnvelope } from '#common/envelope';
import { SOURCE, routeEntry, topicName } from '#common/pipeline';
import type { CompiledPipeline } from '#common/pipeline';
import { AppError } from '#common/errors';
import type { AcceptRecord, BusRecord } from '#common/ports';
import type { InferCall } from './infer-call.ts';

export interface EntrySource {
  readonly compiled: CompiledPipeline;
  readonly record: Omit<AcceptRecord, 'entry'>;
  readonly call: InferCall;
  readonly prefix: string;
}

/** The first epoch of a request; one that is started over gets a higher one, so that its joins never meet old parts. */
const FIRST_RUN = 1;
const FIRST_ATTEMPT = 1;

/** The messages a request starts with, as records of their stages' topics. */
export function entryRecords({ compiled, record, call, prefix }: EntrySource): readonly BusRecord[] {
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
  return routeEntry(compiled, call.request.inputs).map(({ to, tensors, scatter }) => ({
    topic: topicName(compiled.name, stageName(compiled, to), prefix),
    key: record.requestId,
    bytes: encodeEnvelope({ ...base, stage: to, tensors, ...(scatter === undefined ? {} : { scatter }) }),
  }));
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
