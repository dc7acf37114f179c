import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { decodeEnvelope, isByReference } from '#common/envelope';
import type { Envelope, PartTensor } from '#common/envelope';
import type { AppError } from '#common/errors';
import { fromTypedArray } from '#common/inference';
import type { Tensor } from '#common/inference';
import { openEmbedded } from '../../../../test/contract/embedded-under-test.ts';
import type { EmbeddedUnderTest } from '../../../../test/contract/embedded-under-test.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { ClaimChecks, NO_MESSAGE_LIMITS } from './index.ts';

const INLINE_BYTES = 100;
const small = column(12);
const big = column(13);

let under: EmbeddedUnderTest;
let claims: ClaimChecks;

beforeEach(async () => {
  under = await openEmbedded({ maxPayloadBytes: 10_000 });
  claims = new ClaimChecks({ payloads: under.engine.payloads, limits: { inlineBytes: INLINE_BYTES, messageBytes: 1_000 } });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await under.close();
});

/** Numbers of 8 bytes. */
function column(length: number): Tensor {
  return fromTypedArray('FP64', [length], Float64Array.from({ length }, (_, index) => index / 3));
}

function message(tensors: Readonly<Record<string, PartTensor['tensor']>>): Envelope {
  const nowMs = under.clock.clusterNow();
  return {
    requestId: 'r', pipeline: 'p', version: 'v', tenant: 't', stage: 1, from: 0, run: 1, attempt: 1, acceptedAtMs: nowMs, deadlineMs: nowMs + 1_000, publishedAtMs: nowMs,
    notBeforeMs: 0, traceparent: '', tracestate: '', parameters: {}, timings: [], tensors: Object.entries(tensors).map(([name, tensor]) => ({ stage: 0, name, tensor })),
  };
}

function sent(...messages: readonly Envelope[]): Promise<readonly Envelope[]> {
  return claims.deposit(message({}), messages).store();
}

const forms = ({ tensors }: Envelope): string[] => tensors.map(({ tensor }) => (isByReference(tensor) ? 'reference' : 'bytes'));

describe('a tensor', () => {
  it('travels by reference above the limit and in the message up to it, and comes back bit for bit', async () => {
    expect([claims.mustStore([message({ small })]), claims.mustStore([message({ small, big })])]).toEqual([false, true]);
    const [stored] = await sent(message({ small, big }));
    expect(forms(stored as Envelope)).toEqual(['bytes', 'reference']);
    const read = decodeEnvelope(claims.encode(stored as Envelope, 'topic'));
    expect(claims.mustFetch([read])).toBe(true);
    const [whole] = await claims.fetch([read]);
    expect(whole?.tensors).toEqual(message({ small, big }).tensors);
  });

  it('never leaves its message where there are no limits', () => {
    const unlimited = new ClaimChecks({ payloads: under.engine.payloads, limits: NO_MESSAGE_LIMITS });
    expect(unlimited.mustStore([message({ huge: column(1_000_000) })])).toBe(false);
  });

  it('is stored once for all messages that carry it, and not again by those who pass it on', async () => {
    const put = jest.spyOn(under.engine.payloads, 'put');
    const [first, second] = await sent(message({ big }), message({ small, big }));
    expect([forms(first as Envelope), forms(second as Envelope)]).toEqual([['reference'], ['bytes', 'reference']]);
    expect(claims.mustStore([first as Envelope])).toBe(false);
    expect((await sent(first as Envelope))[0]).toEqual(first);
    expect(put).toHaveBeenCalledTimes(1);
  });

  it('is read once for all messages that carry it, and only where it is wanted', async () => {
    const messages = await sent(message({ big, other: column(14) }), message({ big }));
    const get = jest.spyOn(under.engine.payloads, 'get');
    const isWanted = ({ name }: PartTensor): boolean => name === 'big';
    const fetched = await claims.fetch(messages, isWanted);
    expect(fetched.map(forms)).toEqual([['bytes', 'reference'], ['bytes']]);
    expect(get).toHaveBeenCalledTimes(1);
    expect([claims.mustFetch(fetched, isWanted), claims.mustFetch(fetched)]).toEqual([false, true]);
  });
});

describe('a store in trouble', () => {
  it('that refused some tensors gets only those again', async () => {
    const others = [column(20), column(1_240)] as const;
    await sent(message({ x: column(100) }));
    const put = jest.spyOn(under.engine.payloads, 'put');
    const deposit = claims.deposit(message({}), [message({ fits: others[0], not: others[1] })]);
    await expect(deposit.store()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await under.engine.payloads.drop('r');
    // Dropped with the rest; a second try still takes the first part as stored, since only the request's end drops it.
    expect(forms((await deposit.store())[0] as Envelope)).toEqual(['reference', 'reference']);
    expect(put.mock.calls.map(([, bytes]) => bytes.length)).toEqual([160, 9_920, 9_920]);
  });

  it('keeps payloads until a while after the deadline', async () => {
    const [stored] = await sent(message({ big }));
    under.clock.advance(60_000);
    expect(await claims.fetch([stored as Envelope])).toHaveLength(1);
    under.clock.advance(20_000);
    const code = (): Promise<unknown> => claims.fetch([stored as Envelope]).then(() => undefined, (error: AppError) => error.code);
    await waitUntil('the payload to expire', async () => (await code()) === 'PAYLOAD_LOST');
  });
});

describe('a message that is too large all the same', () => {
  it('is refused with the numbers to change before anything is sent', () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`x${String(index)}`, small]));
    expect(() => claims.encode(message(many), 'millrace.p.first')).toThrow(expect.objectContaining({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringMatching(/millrace\.p\.first.*\d+ bytes.*more than 100; the bus takes 1000.*MILLRACE_CLAIM_CHECK_BYTES.*MILLRACE_KAFKA_MAX_RECORD_BYTES/),
    }));
    expect(claims.encode(message({ small }), 'millrace.p.first').length).toBeLessThanOrEqual(1_000);
  });
});
