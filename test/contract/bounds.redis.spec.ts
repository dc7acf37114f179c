import { afterAll, afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Outcome } from '#common/envelope';
import type { AcceptRecord } from '#common/ports';
import { withRedisServer } from '../support/redis-process.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openRedis, sharedRedis, stopSharedRedis } from './redis-under-test.ts';
import type { RedisUnderTest } from './redis-under-test.ts';

const never = new AbortController().signal;
const REQUESTS = 10_000;
const AT_ONCE = 200;

withRedisServer('What requests leave in Redis', () => {
  let under: RedisUnderTest;

  beforeEach(async () => {
    under = await openRedis(await sharedRedis(), { lookEveryMs: 3_600_000 });
    await under.redis.flushall();
  });
  afterEach(() => under.close());
  afterAll(stopSharedRedis);

  const recordOf = (): AcceptRecord => ({
    requestId: under.newId(),
    tenant: 'default',
    pipeline: 'chain',
    version: '0123456789abcdef',
    mode: 'sync',
    acceptedAtMs: under.nowMs(),
    deadlineMs: under.nowMs() + 10_000,
    keepUntilMs: under.nowMs() + 70_000,
    entry: [],
  });
  const resultOf = (value: number): Outcome => ({ kind: 'result', atMs: value, timings: [], tensors: [] });
  const keysWithoutExpiry = async (): Promise<string[]> => {
    const keys = await under.redis.keys('*');
    const left = await Promise.all(keys.map((key) => under.redis.pttl(key)));
    return keys.filter((_, index) => left[index] === -1);
  };

  /** One request as the system runs it, with a join, a payload and progress; some end otherwise, and some never. */
  const run = async (index: number): Promise<void> => {
    const { elsewhere, stores } = under;
    const record = recordOf();
    const { requestId, deadlineMs } = record;
    await stores.replies.accept(record);
    const waiting = stores.replies.wait(requestId, never);
    elsewhere.replies.progress(requestId, 'a');
    if (index % 10 === 0) {
      await elsewhere.payloads.put(requestId, new Uint8Array(2_000), deadlineMs);
      const part = (member: string) => elsewhere.joins.addPart({ key: { requestId, run: 0, node: 1 }, scope: 'chain.b', part: { member, bytes: new Uint8Array(100) }, expected: 2, expiresAtMs: deadlineMs + 5_000 });
      await part('0');
      const joined = await part('1');
      if (joined.state === 'fire' && index % 20 === 0) await elsewhere.joins.done(joined.lease);
    }
    if (index % 100 === 99) return void waiting.catch(() => undefined);
    await elsewhere.replies.complete(requestId, resultOf(index));
    if (index % 30 !== 0) await elsewhere.payloads.drop(requestId);
    if (index % 40 !== 0) await elsewhere.joins.forget(requestId);
    expect((await waiting).atMs).toBe(index);
  };

  it(`expires by itself, every key of ${REQUESTS} requests`, async () => {
    for (let at = 0; at < REQUESTS; at += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => run(at + index)));
    await under.stores.fleet.report({ workerId: 'w', pipeline: 'p', version: 'v', stage: 's', state: 'ready', executors: 1, executorsBusy: 0, inHand: 0, executedTotal: 0, failedTotal: 0, computeSecondsTotal: 0, atMs: under.nowMs() });
    expect(await under.redis.dbsize()).toBeGreaterThan(REQUESTS);
    expect(await keysWithoutExpiry()).toEqual([]);
    const overdue = await under.stores.replies.overdue(under.nowMs() + 60_000, REQUESTS);
    expect(overdue).toHaveLength(REQUESTS / 100);
    for (const { requestId } of overdue) await under.elsewhere.replies.complete(requestId, resultOf(0));
    expect(await under.redis.keys('*:overdue')).toEqual([]);
  }, 120_000);

  it('lets exactly one of fifty outcomes written at once win, and shows all the same', async () => {
    const record = recordOf();
    await under.stores.replies.accept(record);
    const waiting = [under.stores.replies.wait(record.requestId, never), under.elsewhere.replies.wait(record.requestId, never)];
    const completions = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? under.stores : under.elsewhere).replies.complete(record.requestId, resultOf(index))));
    const winners = completions.filter(({ won }) => won);
    expect(winners).toHaveLength(1);
    for (const { winner } of completions) expect(winner).toEqual(winners[0]?.winner);
    for (const outcome of await Promise.all(waiting)) expect(outcome).toEqual(winners[0]?.winner);
  });

  it('wakes a caller in every process that waits, with outcomes too big for the message too', async () => {
    const bytes = new Uint8Array(300_000).fill(7);
    const record = recordOf();
    await under.stores.replies.accept(record);
    const waits = [under.stores, under.elsewhere].map(({ replies }) => replies.wait(record.requestId, never));
    const outcome: Outcome = { kind: 'result', atMs: 1, timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [bytes.length], bytes } }] };
    await under.elsewhere.replies.complete(record.requestId, outcome);
    for (const woken of await Promise.all(waits)) expect(woken.kind === 'result' && woken.tensors[0]?.tensor.shape).toEqual([300_000]);
  });

  it.each(['error', 'deadline', 'cancelled'] as const)('tells every process of an end of kind %s, so that work for it can be dropped', async (kind) => {
    const [record, other] = [recordOf(), recordOf()];
    for (const each of [record, other]) await under.stores.replies.accept(each);
    await under.stores.replies.complete(record.requestId, { kind, atMs: 1, timings: [], error: { code: 'CANCELLED', message: 'm', retryable: false } });
    await waitUntil('the other process to hear of it', () => under.elsewhere.replies.hasEnded(record.requestId));
    expect(under.elsewhere.replies.hasEnded(other.requestId)).toBe(false);
  });

  it('joins as many parts as a wide scatter has', async () => {
    const key = { requestId: under.newId(), run: 0, node: 1 };
    const parts = 5_000;
    const add = (index: number) => under.stores.joins.addPart({ key, scope: 's', part: { member: `3.${index}`, bytes: new Uint8Array([index]) }, expected: parts, expiresAtMs: under.nowMs() + 60_000 });
    const results = await Promise.all(Array.from({ length: parts }, (_, index) => add(index)));
    const leases = results.flatMap((result) => (result.state === 'fire' ? [result.lease] : []));
    expect(leases.map((lease) => lease.parts.length)).toEqual([parts]);
  });
});
