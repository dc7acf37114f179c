import { AppError } from '../errors/index.ts';
import { MessageReader, invalidMessage } from './message-reader.ts';
import { MessageWriter } from './message-writer.ts';

// The wire format of envelopes and outcomes, version 1. All numbers are little-endian; f64 wherever a number is not a count of this message,
// so that every number round-trips exactly. Fields in [brackets] are strings: a u32 length here, the UTF-8 bytes in the string block, in the
// order of their lengths.
//
//   message   = prefix fixed timing* tensor* strings (pad8 payload)*       pad8: zeros up to the next multiple of 8 from the message's start
//   prefix    = 'M' 'L' 'R' kind:u8  version:u8 flags:u8 0:u16  timings:u32 tensors:u32                                    (16 bytes)
//   kind      = 'E' envelope | 'O' outcome
//   fixed     = envelope: acceptedAtMs deadlineMs publishedAtMs notBeforeMs stage from run attempt index count : f64
//                         [requestId] [pipeline] [version] [tenant] [traceparent] [tracestate] [rare] 0:u32                (112 bytes)
//             | outcome:  atMs:f64 [rare] 0:u32                                                                            (16 bytes)
//   flags     = envelope: bit 0 = it has a scatter position (index, count); else both are 0
//             | outcome:  0 result, 1 error, 2 deadline, 3 cancelled
//   timing    = attempt queueMs batchMs computeMs batchRows : f64  [stage] 0:u32                                           (48 bytes)
//   tensor    = stage:f64 size:f64 datatype:u8 form:u8 rank:u16 [name] [ref.key] [ref.sha256]  dim:f64 x rank              (32 + 8 rank)
//   form      = 0: `size` bytes follow as a payload | 1: by reference, `size` is the stored size
//   rare      = empty, or JSON {parameters?, lastError?, error?} (rare-json.ts)
//
// Payloads begin at multiples of 8 and the writer's buffer does too, so the reader's views can be typed arrays without a copy.
// A reader refuses versions it does not know; a change of any line above is a new version.

/** The newest format this code reads, and the one it writes. */
export const FORMAT_VERSION = 1;

export const PREFIX_SIZE = 16;

const MAGIC = [0x4d, 0x4c, 0x52] as const;
export const ENVELOPE_KIND = 0x45;
export const OUTCOME_KIND = 0x4f;

export type MessageKind = typeof ENVELOPE_KIND | typeof OUTCOME_KIND;

export interface Prefix {
  readonly flags: number;
  readonly timings: number;
  readonly tensors: number;
}

interface MessageLayout extends Prefix {
  readonly kind: MessageKind;
  /** Bytes of the whole message. */
  readonly size: number;
  /** Where the fixed-width part ends. */
  readonly stringsAt: number;
}

/** Allocates a message and writes its prefix. */
export function beginMessage({ kind, size, stringsAt, flags, timings, tensors }: MessageLayout): MessageWriter {
  const writer = new MessageWriter(size, stringsAt);
  for (const byte of MAGIC) writer.u8(byte);
  writer.u8(kind);
  writer.u8(FORMAT_VERSION);
  writer.u8(flags);
  writer.u16(0);
  writer.u32(timings);
  writer.u32(tensors);
  return writer;
}

/** Opens a message of one kind. Throws ENVELOPE_INVALID, or ENVELOPE_VERSION_UNKNOWN for a format newer than this code. */
export function openMessage(bytes: Uint8Array, kind: MessageKind): { readonly reader: MessageReader; readonly prefix: Prefix } {
  const reader = new MessageReader(bytes);
  reader.need(PREFIX_SIZE);
  const isMagic = reader.u8() === MAGIC[0] && reader.u8() === MAGIC[1] && reader.u8() === MAGIC[2];
  if (!isMagic || reader.u8() !== kind) throw invalidMessage('they do not begin with its mark');
  const version = reader.u8();
  if (version === 0) throw invalidMessage('the format version is 0');
  if (version > FORMAT_VERSION) {
    const what = `the message has format version ${version}, this Millrace reads up to ${FORMAT_VERSION}`;
    throw new AppError('ENVELOPE_VERSION_UNKNOWN', `${what}. Update it, or roll the writers back.`);
  }
  const flags = reader.u8();
  if (reader.u16() !== 0) throw invalidMessage('a reserved field is set');
  return { reader, prefix: { flags, timings: reader.u32(), tensors: reader.u32() } };
}
