import fc from 'fast-check';
import type { Envelope, Outcome, PartTensor, StageTiming } from '#common/envelope';
import { ERROR_CODES } from '#common/errors';
import type { ErrorCode, ErrorInfo } from '#common/errors';
import type { ParameterValue } from '#common/inference';
import { anyTensor } from './arbitrary-tensors.ts';

/** Random envelopes and outcomes for property tests, with everything in them that the types allow. */

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const time = fc.oneof(fc.double({ noNaN: true }), fc.double({ min: 0, max: 2e12, noNaN: true }));
const whole = fc.maxSafeInteger();

const parameterValue: fc.Arbitrary<ParameterValue> = fc.oneof(
  text,
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.array(fc.oneof(fc.double(), fc.bigInt(), text, fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(text.filter((key) => key !== '__proto__'), fc.oneof(fc.bigInt(), fc.double(), text), { maxKeys: 3, noNullPrototype: true }),
);
const parameters = fc.dictionary(text.filter((key) => key !== '__proto__'), parameterValue, { maxKeys: 3, noNullPrototype: true });

export const anyErrorInfo: fc.Arbitrary<ErrorInfo> = fc.record(
  { code: fc.constantFrom(...(Object.keys(ERROR_CODES) as ErrorCode[])), message: text, retryable: fc.boolean(), stage: text, reason: text },
  { requiredKeys: ['code', 'message', 'retryable'], noNullPrototype: true },
);

const timing: fc.Arbitrary<StageTiming> = fc.record(
  { stage: text, attempt: whole, queueMs: time, batchMs: time, computeMs: time, batchRows: whole },
  { noNullPrototype: true },
);

const reference = fc.record({ key: text, sha256: text, size: fc.maxSafeNat() }, { noNullPrototype: true });

const partTensor: fc.Arbitrary<PartTensor> = fc
  .tuple(whole, text, anyTensor(), fc.option(reference, { nil: undefined }))
  .map(([stage, name, { datatype, shape, bytes }, ref]) => ({ stage, name, tensor: ref === undefined ? { datatype, shape, bytes } : { datatype, shape, ref } }));

const timings = fc.array(timing, { maxLength: 3 });
const tensors = fc.array(partTensor, { maxLength: 3 });

export const anyEnvelope: fc.Arbitrary<Envelope> = fc.record(
  {
    requestId: text,
    pipeline: text,
    version: text,
    tenant: text,
    stage: whole,
    from: whole,
    run: whole,
    attempt: whole,
    acceptedAtMs: time,
    deadlineMs: time,
    publishedAtMs: time,
    notBeforeMs: time,
    scatter: fc.record({ index: whole, count: whole }, { noNullPrototype: true }),
    traceparent: text,
    tracestate: text,
    parameters,
    timings,
    tensors,
    lastError: anyErrorInfo,
  },
  {
    requiredKeys: [
      'requestId', 'pipeline', 'version', 'tenant', 'stage', 'from', 'run', 'attempt', 'acceptedAtMs', 'deadlineMs', 'publishedAtMs', 'notBeforeMs',
      'traceparent', 'tracestate', 'parameters', 'timings', 'tensors',
    ],
    noNullPrototype: true,
  },
);

export const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('result' as const), atMs: time, timings, tensors }, { noNullPrototype: true }),
  fc.record({ kind: fc.constantFrom('error' as const, 'deadline' as const, 'cancelled' as const), atMs: time, timings, error: anyErrorInfo }, { noNullPrototype: true }),
);

/** The bytes with a few of them changed, inserted or cut off: what a codec meets when something else wrote to its topic. */
export function mutationsOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({ at: fc.nat({ max: Math.max(0, bytes.length - 1) }), byte: fc.integer({ min: 0, max: 255 }) });
  return fc.tuple(fc.array(change, { minLength: 1, maxLength: 4 }), fc.option(fc.nat({ max: bytes.length }), { nil: bytes.length })).map(([changes, length]) => {
    const copy = bytes.slice();
    for (const { at, byte } of changes) copy[at] = byte;
    return copy.slice(0, length);
  });
}
