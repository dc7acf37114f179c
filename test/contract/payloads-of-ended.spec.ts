import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/envelope';
import type { AppError } from '#common/errors';
import type { PayloadStore, Replies } from '#common/ports';
import { openEmbedded } from './embedded-under-test.ts';
import { openRedis, sharedRedis, stopSharedRedis } from './redis-under-test.ts';
import { waitUntil } from '../support/wait-until.ts';

interface Stores {
  readonly replies: Replies;
  readonly payloads: PayloadStore;
  nowMs(): number;
  close(): Promise<void>;
}

const ENGINES: readonly [string, () => Promise<Stores>][] = [
  ['embedded', async () => {
    const under = await openEmbedded();
    return { replies: under.engine.replies, payloads: under.engine.payloads, nowMs: () => under.clock.clusterNow(), close: () => under.close() };
  }],
  ['redis', async () => {
    const under = await openRedis(await sharedRedis());
    return { replies: under.stores.replies, payloads: under.elsewhere.payloads, nowMs: () => under.nowMs(), close: () => under.close() };
  }],
];

let stores: Stores;

afterEach(() => stores.close());
afterAll(() => stopSharedRedis());

describe.each(ENGINES)('payloads of a request that ended, on the %s engine,', (_name, open) => {
  async function accepted(requestId: string): Promise<void> {
    const acceptedAtMs = stores.nowMs();
    const deadlineMs = acceptedAtMs + 10_000;
    await stores.replies.accept({ requestId, tenant: 't', pipeline: 'p', version: 'v', mode: 'sync', acceptedAtMs, deadlineMs, keepUntilMs: deadlineMs + 60_000, entry: [] });
  }
  const put = (requestId: string) => stores.payloads.put(requestId, new Uint8Array(100), stores.nowMs() + 60_000);
  const read = (ref: Awaited<ReturnType<typeof put>>): Promise<string> => stores.payloads.get(ref).then(() => 'there', (error: AppError) => error.code);

  it.each(['error', 'deadline', 'cancelled', 'result'] as const)('go with an outcome of kind %s, those of others stay', async (kind) => {
    stores = await open();
    await accepted('one');
    const [own, other] = [await put('one'), await put('two')];
    const base = { atMs: stores.nowMs(), timings: [] };
    const outcome: Outcome = kind === 'result' ? { ...base, kind, tensors: [] } : { ...base, kind, error: { code: 'CANCELLED', message: 'm', retryable: false } };
    await stores.replies.complete('one', outcome);
    await waitUntil('the payload to be gone', async () => (await read(own)) === 'PAYLOAD_LOST');
    expect(await read(other)).toBe('there');
  });

  it('stay while the result refers to them', async () => {
    stores = await open();
    await accepted('one');
    const ref = await put('one');
    await stores.replies.complete('one', { kind: 'result', atMs: stores.nowMs(), timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [100], ref } }] });
    await stores.replies.complete('one', { kind: 'result', atMs: stores.nowMs(), timings: [], tensors: [] });
    expect(await read(ref)).toBe('there');
  });
});
