import { ENVELOPE_KIND, PREFIX_SIZE, beginMessage, openMessage } from './codec.ts';
import type { Envelope } from './envelope.ts';
import { invalidMessage } from './message-reader.ts';
import { utf8Length } from './message-writer.ts';
import { readRareFields, writeRareFields } from './rare-fields.ts';
import { namedTensors, namedTimings, readTensorTable, readTimings, sizeWithPayloads, tableSizes, writePayloads, writeTensorTable, writeTimings } from './tables.ts';

const FIXED_SIZE = 112;
const HAS_SCATTER = 1;

/** An envelope as bytes, in one allocation that is aligned to 8. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { timings, tensors, scatter } = envelope;
  const rare = writeRareFields(envelope.parameters, envelope.lastError);
  const sizes = tableSizes(timings, tensors);
  const stringsAt = PREFIX_SIZE + FIXED_SIZE + sizes.fixed;
  const texts = [envelope.requestId, envelope.pipeline, envelope.version, envelope.tenant, envelope.traceparent, envelope.tracestate, rare];
  let stringsEnd = stringsAt + sizes.strings;
  for (const text of texts) stringsEnd += utf8Length(text);
  const size = sizeWithPayloads(stringsEnd, tensors);
  const flags = scatter === undefined ? 0 : HAS_SCATTER;
  const writer = beginMessage({ kind: ENVELOPE_KIND, size, stringsAt, flags, timings: timings.length, tensors: tensors.length });
  writer.time(envelope.acceptedAtMs);
  writer.time(envelope.deadlineMs);
  writer.time(envelope.publishedAtMs);
  writer.time(envelope.notBeforeMs);
  writer.integer(envelope.stage);
  writer.integer(envelope.from);
  writer.integer(envelope.run);
  writer.integer(envelope.attempt);
  writer.integer(scatter?.index ?? 0);
  writer.integer(scatter?.count ?? 0);
  for (const text of texts) writer.string(text);
  writer.u32(0);
  writeTimings(writer, timings);
  writeTensorTable(writer, tensors);
  writePayloads(writer, tensors);
  return writer.bytes;
}

/**
 * The way back. Tensor bytes are views of `bytes`, aligned to 8 where `bytes` is.
 * Throws ENVELOPE_VERSION_UNKNOWN for a format newer than this code, ENVELOPE_INVALID for everything else that is not an envelope.
 */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const { reader, prefix } = openMessage(bytes, ENVELOPE_KIND);
  if (prefix.flags > HAS_SCATTER) throw invalidMessage('an unknown flag is set');
  const times = {
    acceptedAtMs: reader.time('the time of acceptance'),
    deadlineMs: reader.time('the deadline'),
    publishedAtMs: reader.time('the time of publishing'),
    notBeforeMs: reader.time('the earliest time'),
  };
  const place = {
    stage: reader.integer('the stage'),
    from: reader.integer('the sender'),
    run: reader.integer('the run'),
    attempt: reader.integer('the attempt'),
  };
  const scatter = { index: reader.integer('the scatter index'), count: reader.integer('the scatter count') };
  const lengths = {
    requestId: reader.stringLength(),
    pipeline: reader.stringLength(),
    version: reader.stringLength(),
    tenant: reader.stringLength(),
    traceparent: reader.stringLength(),
    tracestate: reader.stringLength(),
    rare: reader.stringLength(),
  };
  reader.u32();
  const timings = readTimings(reader, prefix.timings);
  const tensors = readTensorTable(reader, prefix.tensors);
  const strings = reader.strings();
  const labels = {
    requestId: strings.take(lengths.requestId),
    pipeline: strings.take(lengths.pipeline),
    version: strings.take(lengths.version),
    tenant: strings.take(lengths.tenant),
    traceparent: strings.take(lengths.traceparent),
    tracestate: strings.take(lengths.tracestate),
  };
  const { parameters = {}, lastError } = readRareFields(strings.take(lengths.rare));
  return {
    ...labels,
    ...place,
    ...times,
    ...(prefix.flags === HAS_SCATTER ? { scatter } : {}),
    parameters,
    timings: namedTimings(timings, strings),
    tensors: namedTensors(bytes, tensors, strings),
    ...(lastError === undefined ? {} : { lastError }),
  };
}
