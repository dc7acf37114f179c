import { OUTCOME_KIND, PREFIX_SIZE, beginMessage, openMessage } from './codec.ts';
import { invalidMessage } from './message-reader.ts';
import { utf8Length } from './message-writer.ts';
import type { Outcome } from './outcome.ts';
import { readRareFields } from './rare-fields.ts';
import { writeRareJson } from './rare-json.ts';
import { namedTensors, namedTimings, readTensorTable, readTimings, sizeWithPayloads, tableSizes, writePayloads, writeTensorTable, writeTimings } from './tables.ts';

const FIXED_SIZE = 16;

/** A kind travels as its place in this list: append only. */
const KINDS = ['result', 'error', 'deadline', 'cancelled'] as const satisfies readonly Outcome['kind'][];

/** An outcome as bytes, in one allocation that is aligned to 8. */
export function encodeOutcome(outcome: Outcome): Uint8Array {
  const { timings } = outcome;
  const tensors = outcome.kind === 'result' ? outcome.tensors : [];
  const rare = outcome.kind === 'result' ? '' : writeRareJson({ error: outcome.error });
  const sizes = tableSizes(timings, tensors);
  const stringsAt = PREFIX_SIZE + FIXED_SIZE + sizes.fixed;
  const size = sizeWithPayloads(stringsAt + utf8Length(rare) + sizes.strings, tensors);
  const flags = KINDS.indexOf(outcome.kind);
  const writer = beginMessage({ kind: OUTCOME_KIND, size, stringsAt, flags, timings: timings.length, tensors: tensors.length });
  writer.time(outcome.atMs);
  writer.string(rare);
  writer.u32(0);
  writeTimings(writer, timings);
  writeTensorTable(writer, tensors);
  writePayloads(writer, tensors);
  return writer.bytes;
}

/**
 * The way back. Tensor bytes are views of `bytes`, aligned to 8 where `bytes` is.
 * Throws ENVELOPE_VERSION_UNKNOWN for a format newer than this code, ENVELOPE_INVALID for everything else that is not an outcome.
 */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const { reader, prefix } = openMessage(bytes, OUTCOME_KIND);
  const kind = KINDS[prefix.flags];
  if (kind === undefined) throw invalidMessage(`there is no kind of outcome ${prefix.flags}`);
  const atMs = reader.time('the time of the outcome');
  const rareLength = reader.stringLength();
  reader.u32();
  const timingRows = readTimings(reader, prefix.timings);
  const tensorRows = readTensorTable(reader, prefix.tensors);
  const strings = reader.strings();
  const { error } = readRareFields(strings.take(rareLength));
  const timings = namedTimings(timingRows, strings);
  const tensors = namedTensors(bytes, tensorRows, strings);
  if (kind === 'result') return { kind, atMs, timings, tensors };
  if (error === undefined || tensors.length > 0) throw invalidMessage('a failed outcome has an error and no tensors');
  return { kind, atMs, timings, error };
}
