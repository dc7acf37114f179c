import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyEnvelope, anyOutcome, mutationsOf } from '../../../../test/support/arbitrary-messages.ts';
import { runsOrRefuses, thrownBy } from '../../../../test/support/thrown.ts';
import { bytesTensor, fromTypedArray, toTypedArray } from '../inference/index.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope-codec.ts';
import type { Envelope } from './envelope.ts';
import { decodeOutcome, encodeOutcome } from './outcome-codec.ts';

const hop: Envelope = {
  requestId: '018f5c1a-1111-7222-8333-444455556666',
  pipeline: 'chain',
  version: '0123456789abcdef',
  tenant: 'default',
  stage: 2,
  from: 1,
  run: 1,
  attempt: 1,
  acceptedAtMs: 1_700_000_000_000.25,
  deadlineMs: 1_700_000_010_000,
  publishedAtMs: 1_700_000_000_001.5,
  notBeforeMs: 0,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: '',
  parameters: {},
  timings: [1, 2, 3].map((n) => ({ stage: `stage-${n}`, attempt: 1, queueMs: n / 3, batchMs: 0.1, computeMs: 0.5, batchRows: 4 })),
  tensors: [
    { stage: -1, name: 'label', tensor: bytesTensor([1], ['é']) },
    { stage: 1, name: 'x', tensor: fromTypedArray('FP64', [2], Float64Array.of(0.1, -0)) },
  ],
};

describe('the envelope codec', () => {
  it('brings back any envelope exactly', () => {
    fc.assert(fc.property(anyEnvelope, (envelope) => expect(decodeEnvelope(encodeEnvelope(envelope))).toStrictEqual(envelope)));
  });

  it('brings back bigints, NaN and minus zero in parameters, and objects that look like an encoding of them', () => {
    const parameters = { big: 2n ** 63n, small: 5n, odd: 2 ** 60, nan: NaN, zero: -0, far: -Infinity, text: '5e0', nested: { list: [1n, '0e999', null] } };
    expect(decodeEnvelope(encodeEnvelope({ ...hop, parameters })).parameters).toStrictEqual(parameters);
  });

  it('gives tensors as views of the message that typed arrays can use without a copy', () => {
    const bytes = encodeEnvelope(hop);
    const [, x] = decodeEnvelope(bytes).tensors;
    if (x === undefined || 'ref' in x.tensor) throw new Error('the second tensor is inline');
    expect(x.tensor.bytes.buffer).toBe(bytes.buffer);
    expect(x.tensor.bytes.byteOffset % 8).toBe(0);
    expect(toTypedArray(x.tensor).buffer).toBe(bytes.buffer);
  });

  it('reads a message that begins anywhere in a larger buffer', () => {
    const bytes = encodeEnvelope(hop);
    const larger = Buffer.alloc(bytes.length + 10, 0xff);
    larger.set(bytes, 3);
    const envelope = decodeEnvelope(larger.subarray(3, 3 + bytes.length));
    expect(envelope).toStrictEqual(hop);
  });

  it('keeps its size: a hop of a chain with 256 bytes of tensor and three timings is under a kilobyte', () => {
    const tensors = [{ stage: 1, name: 'x', tensor: fromTypedArray('FP32', [1, 64], new Float32Array(64)) }];
    expect(encodeEnvelope({ ...hop, tensors }).length).toBeLessThan(1024);
  });

  // The bytes of version 1 as they lie in stores and topics: an accidental change of the format must not pass.
  it('writes version 1 byte for byte as it always has', () => {
    const small: Envelope = { ...hop, requestId: 'r', pipeline: 'p', version: 'v', tenant: 't', traceparent: '', timings: [], tensors: [{ stage: 1, name: 'x', tensor: fromTypedArray('INT8', [1], Int8Array.of(-1)) }] };
    expect(Buffer.from(encodeEnvelope(small)).toString('hex').match(/.{1,32}/g)).toEqual([
      '4d4c5245010000000000000001000000', // MLR E, version, flags, timings, tensors
      '00048056febc78420000f158febc7842', // acceptedAtMs, deadlineMs
      '00188056febc78420000000000000000', // publishedAtMs, notBeforeMs
      '0000000000000040000000000000f03f', // stage, from
      '000000000000f03f000000000000f03f', // run, attempt
      '00000000000000000000000000000000', // scatter index, count
      '01000000010000000100000001000000', // lengths of requestId, pipeline, version, tenant
      '00000000000000000000000000000000', // lengths of traceparent, tracestate, rare
      '000000000000f03f000000000000f03f', // the tensor: stage, size
      '05000100010000000000000000000000', // INT8, inline, rank 1, lengths of name, key, sha256
      '000000000000f03f7270767478000000', // dimension; r p v t x, padding
      'ff',
    ]);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['an outcome', encodeOutcome({ kind: 'result', atMs: 0, timings: [], tensors: [] })],
    ['text', new TextEncoder().encode('{"requestId":"1234567890"}')],
    ['a cut message', encodeEnvelope(hop).slice(0, -1)],
    ['a message with a byte too many', Uint8Array.of(...encodeEnvelope(hop), 0)],
  ])('refuses %s as ENVELOPE_INVALID', (_title, bytes) => {
    expect(thrownBy(() => decodeEnvelope(bytes)).code).toBe('ENVELOPE_INVALID');
  });

  it('tells a format from a newer writer apart from garbage, and calls it retryable', () => {
    const bytes = encodeEnvelope(hop);
    bytes[4] = 2;
    const error = thrownBy(() => decodeEnvelope(bytes));
    expect([error.code, error.retryable, error.message]).toEqual(['ENVELOPE_VERSION_UNKNOWN', true, expect.stringContaining('format version 2')]);
  });

  it('believes no count: four billion tensors in a short message cost nothing', () => {
    const bytes = encodeEnvelope(hop);
    bytes.fill(0xff, 8, 16);
    expect(thrownBy(() => decodeEnvelope(bytes)).code).toBe('ENVELOPE_INVALID');
  });

  it.each([
    ['a stage that is no whole number', { stage: 1.5 }],
    ['a deadline that is NaN', { deadlineMs: NaN }],
    ['a tensor that is shorter than its shape', { tensors: [{ stage: 1, name: 'x', tensor: { datatype: 'FP32' as const, shape: [2], bytes: new Uint8Array(4) } }] }],
  ])('refuses to write %s, which nobody could read', (_title, change) => {
    expect(thrownBy(() => encodeEnvelope({ ...hop, ...change })).code).toBe('INTERNAL');
  });
});

describe('the outcome codec', () => {
  it('brings back any outcome exactly', () => {
    fc.assert(fc.property(anyOutcome, (outcome) => expect(decodeOutcome(encodeOutcome(outcome))).toStrictEqual(outcome)));
  });

  it('keeps an error code that only a newer Millrace knows', () => {
    const outcome = { kind: 'error' as const, atMs: 1, timings: [], error: { code: 'QUOTA_SPENT' as never, message: 'x', retryable: true } };
    expect(decodeOutcome(encodeOutcome(outcome))).toStrictEqual(outcome);
  });
});

describe('bytes that something else wrote', () => {
  it('are refused or read, never a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        runsOrRefuses(() => decodeEnvelope(bytes));
        runsOrRefuses(() => decodeOutcome(bytes));
      }),
    );
  });

  it('are refused or read when they are nearly an envelope', () => {
    fc.assert(fc.property(anyEnvelope.chain((envelope) => mutationsOf(encodeEnvelope(envelope))), (bytes) => runsOrRefuses(() => decodeEnvelope(bytes))), { numRuns: 1000 });
  });

  it('are refused or read when they are nearly an outcome', () => {
    fc.assert(fc.property(anyOutcome.chain((outcome) => mutationsOf(encodeOutcome(outcome))), (bytes) => runsOrRefuses(() => decodeOutcome(bytes))), { numRuns: 1000 });
  });

  it('are refused wherever an envelope is cut off', () => {
    const bytes = encodeEnvelope(hop);
    for (let length = 0; length < bytes.length; length++) expect(thrownBy(() => decodeEnvelope(bytes.slice(0, length))).code).toBe('ENVELOPE_INVALID');
  });
});
