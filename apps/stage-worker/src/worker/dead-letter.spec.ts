import { describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { Delivery } from '#common/ports';
import { deadLetterRecord } from './dead-letter.ts';
import type { DeadLetter } from './dead-letter.ts';

const DELIVERY: Delivery = {
  topic: 'millrace.p.s', partition: 3, offset: 42, key: 'request-1', headers: {}, bytes: Uint8Array.of(1), redelivered: false, settle: () => undefined,
};

const LETTER: DeadLetter = {
  topic: 'millrace.p.s.dlq', group: 'millrace.p.s', workerId: 'w1', stage: 's', bytes: DELIVERY.bytes, delivery: DELIVERY, envelope: undefined,
  error: new AppError('ENVELOPE_INVALID', 'they do not begin with its mark'), attempts: 1, part: 1, parts: 1, atMs: 1_700_000_000_000.4,
};

function headers(change: Partial<DeadLetter> = {}): Readonly<Record<string, string>> {
  return deadLetterRecord({ ...LETTER, ...change }).headers ?? {};
}

describe('a dead letter', () => {
  it('keeps the bytes as they came, and says where from, who, and why', () => {
    expect(deadLetterRecord(LETTER)).toEqual({
      topic: 'millrace.p.s.dlq',
      key: 'request-1',
      bytes: DELIVERY.bytes,
      headers: {
        'millrace-origin-topic': 'millrace.p.s', 'millrace-origin-partition': '3', 'millrace-origin-offset': '42',
        'millrace-group': 'millrace.p.s', 'millrace-worker': 'w1', 'millrace-stage': 's',
        'millrace-error-code': 'ENVELOPE_INVALID', 'millrace-error-message': 'they do not begin with its mark',
        'millrace-attempts': '1', 'millrace-part': '1/1', 'millrace-dead-at-ms': '1700000000000',
      },
    });
  });

  it('leaves out an origin it does not know', () => {
    expect(headers({ delivery: undefined, part: 2, parts: 3 })).toMatchObject({ 'millrace-part': '2/3' });
    expect(headers({ delivery: undefined })).not.toHaveProperty('millrace-origin-topic');
  });

  it.each([
    ['line breaks', 'one\r\nSet-Cookie: two\0', 'one Set-Cookie: two '],
    ['letters beyond ASCII', 'zu groß', 'zu gro '],
    ['a long text', 'x'.repeat(5_000), `${'x'.repeat(1_021)}...`],
  ])('has header values without %s', (_title, message, value) => {
    expect(headers({ error: new AppError('STAGE_FAILED', message) })['millrace-error-message']).toBe(value);
  });
});
