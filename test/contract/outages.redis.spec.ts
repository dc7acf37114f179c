import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openRedisStores } from '#common/adapters/redis';
import type { RedisStores } from '#common/adapters/redis';
import { SystemClock, SystemRandom } from '#common/adapters/system';
import type { Outcome } from '#common/envelope';
import type { AcceptRecord, Replies } from '#common/ports';
import { RedisProcess, withRedisServer } from '../support/redis-process.ts';
import { RedisProxy } from '../support/redis-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openRedis, startRedis } from './redis-under-test.ts';
import type { RedisUnderTest } from './redis-under-test.ts';

const never = new AbortController().signal;

withRedisServer('Redis outages', () => {
  let server: RedisProcess;
  let under: RedisUnderTest;
  let replies: Replies;

  beforeEach(async () => {
    server = await startRedis();
    under = await openRedis(server, { lookEveryMs: 100 });
    replies = under.stores.replies;
  });

  /** Closed when the test is over, however it ends. */
  const opened: { close(): Promise<void> }[] = [];
  const untilTheEnd = <T extends { close(): Promise<void> }>(thing: T): T => {
    opened.push(thing);
    return thing;
  };

  afterEach(async () => {
    for (const thing of opened.splice(0)) await thing.close();
    await under.close();
    await server.stop();
  });

  const openBehind = async (url: string): Promise<RedisStores> => untilTheEnd(await openRedisStores({ url, clock: new SystemClock(), random: new SystemRandom(), log: { write: () => undefined }, namespace: 'behind' }));
  const recordOf = (overrides: Partial<AcceptRecord> = {}): AcceptRecord => ({
    requestId: under.newId(),
    tenant: 'default',
    pipeline: 'chain',
    version: 'v1',
    mode: 'sync',
    acceptedAtMs: under.nowMs(),
    deadlineMs: under.nowMs() + 60_000,
    keepUntilMs: under.nowMs() + 120_000,
    entry: [],
    ...overrides,
  });
  const resultOf = (value: number): Outcome => ({ kind: 'result', atMs: 1, timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [1], bytes: new Uint8Array([value]) } }] });
  const accepted = async (store = replies): Promise<string> => {
    const record = recordOf();
    expect(await store.accept(record)).toBe(true);
    return record.requestId;
  };
  const isReady = (): boolean => under.stores.health.state === 'ready' && under.elsewhere.health.state === 'ready';
  const codeOf = (error: unknown): string => (error as { code: string }).code;

  describe('a Redis that was killed and started again', () => {
    it('keeps accepted requests, and waiting callers get outcomes that are written afterwards', async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => accepted()));
      const waiting = ids.map((id) => replies.wait(id, never));
      await server.kill();
      await waitUntil('the loss to be seen', () => under.stores.health.state === 'away');
      await server.start();
      await waitUntil('both processes to be back', isReady);
      for (const [index, id] of ids.entries()) expect(await under.elsewhere.replies.complete(id, resultOf(index))).toMatchObject({ won: true });
      expect(await Promise.all(waiting)).toEqual(ids.map((_, index) => resultOf(index)));
      expect(under.lines.map(({ message }) => message)).toEqual(expect.arrayContaining([expect.stringContaining('is away'), expect.stringContaining('is back')]));
    });

    it('keeps outcomes that were written before', async () => {
      const id = await accepted();
      await replies.complete(id, resultOf(9));
      await server.kill();
      await server.start();
      await waitUntil('both processes to be back', isReady);
      expect(await under.elsewhere.replies.complete(id, resultOf(1))).toEqual({ won: false, winner: resultOf(9) });
      expect(await under.elsewhere.replies.wait(id, never)).toEqual(resultOf(9));
    });

    it('keeps the parts of joins', async () => {
      const part = (member: string) => ({ key: { requestId: 'r', run: 0, node: 1 }, scope: 's', part: { member, bytes: new Uint8Array([7]) }, expected: 2, expiresAtMs: under.nowMs() + 60_000 });
      await under.stores.joins.addPart(part('0'));
      await server.kill();
      await server.start();
      await waitUntil('both processes to be back', isReady);
      expect(await under.elsewhere.joins.addPart(part('1'))).toMatchObject({ state: 'fire', lease: { parts: { length: 2 } } });
    });

    it('refuses everything at once while it is away, as a store that cannot be reached', async () => {
      const id = await accepted();
      await server.kill();
      await waitUntil('the loss to be seen', () => under.stores.health.state === 'away');
      const startedAt = performance.now();
      const calls = [replies.accept(recordOf()), replies.complete(id, resultOf(1)), replies.peek(id), replies.overdue(0, 1), under.stores.fleet.workers(), under.stores.payloads.put('r', new Uint8Array(1), under.nowMs() + 1_000), under.stores.joins.due('s', 0)];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, message: expect.stringContaining(`127.0.0.1:${server.port}`) });
      expect(performance.now() - startedAt).toBeLessThan(250);
      expect(replies.hasEnded(id)).toBe(false);
      replies.progress(id, 'a');
      await server.start();
    });

    it('keeps cluster time going while it is away', async () => {
      await server.kill();
      await waitUntil('the loss to be seen', () => under.stores.health.state === 'away');
      const before = under.nowMs();
      await waitUntil('time to pass', () => under.nowMs() >= before + 100);
      expect(Math.abs(under.nowMs() - new SystemClock().clusterNow())).toBeLessThan(1_000);
    });

    it('lets waiting callers go when it stays away', async () => {
      const impatient = untilTheEnd(await openRedis(server, { giveUpAfterMs: 300 }));
      const id = await accepted(impatient.stores.replies);
      const waiting = impatient.stores.replies.wait(id, never);
      await server.kill();
      await expect(waiting).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });
  });

  describe('a Redis that is frozen', () => {
    it('costs every call a bounded time, later ones none, and is used again when it moves', async () => {
      const id = await accepted();
      const frozen = server.command('DEBUG', 'SLEEP', '2');
      const startedAt = performance.now();
      const took: number[] = [];
      await waitUntil('calls to be refused at once', async () => {
        const callAt = performance.now();
        await expect(replies.peek(id).then(() => Promise.reject(new Error('answered')))).rejects.toMatchObject({ message: expect.stringMatching(/in time|does not answer|answered/) });
        took.push(performance.now() - callAt);
        return under.stores.health.state === 'stalled' && (took.at(-1) ?? Infinity) < 50;
      });
      expect(Math.max(...took)).toBeLessThan(1_000);
      expect(performance.now() - startedAt).toBeLessThan(1_500);
      await frozen;
      await waitUntil('Redis to be used again', isReady);
      expect((await replies.peek(id))?.state).toBe('queued');
    });

    it('applies nothing late that its caller was told is not accepted, even if nobody is left to take it back', async () => {
      const leaving = untilTheEnd(await openRedis(server, { lookEveryMs: 3_600_000 }));
      await accepted(leaving.stores.replies);
      const frozen = server.command('DEBUG', 'SLEEP', '2');
      await waitUntil('Redis to freeze', () => replies.peek(under.newId()).then(() => false, () => true));
      const record = recordOf();
      await expect(leaving.stores.replies.accept(record)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('no answer in time') });
      await leaving.close();
      await frozen;
      await waitUntil('Redis to be used again', isReady);
      expect(await under.redis.keys(`*:r:${record.requestId}`)).toEqual([]);
    });
  });

  describe('a Redis that lost its data', () => {
    const expectLost = async (ids: readonly string[], waiting: readonly Promise<Outcome>[]): Promise<void> => {
      for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ kind: 'error', error: { code: 'STATE_LOST', retryable: true } });
      for (const id of ids) {
        await expect(under.elsewhere.replies.peek(id)).rejects.toMatchObject({ code: 'STATE_LOST', message: expect.stringContaining(id) });
        expect(await under.elsewhere.replies.complete(id, resultOf(1))).toEqual({ won: false, winner: undefined });
      }
      const younger = await accepted();
      expect((await replies.peek(younger))?.state).toBe('queued');
      expect(await replies.peek(under.newId())).toBeUndefined();
    };

    it('answers STATE_LOST to callers that wait and ask, after FLUSHALL', async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, () => accepted()));
      const waiting = ids.map((id) => replies.wait(id, never));
      await server.command('FLUSHALL');
      await expectLost(ids, waiting);
      expect(under.lines).toContainEqual(expect.objectContaining({ level: 'error', message: expect.stringContaining('was emptied') }));
    });

    it('answers STATE_LOST to the first who asks, before anybody has noticed', async () => {
      const slow = untilTheEnd(await openRedis(server, { lookEveryMs: 3_600_000 }));
      const id = await accepted(slow.stores.replies);
      await server.command('FLUSHALL');
      await expect(slow.stores.replies.peek(id)).rejects.toMatchObject({ code: 'STATE_LOST' });
    });

    it('answers STATE_LOST after a restart without data', async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, () => accepted()));
      const waiting = ids.map((id) => replies.wait(id, never));
      await server.command('FLUSHALL');
      await server.kill();
      await server.start();
      await waitUntil('both processes to be back', isReady);
      await expectLost(ids, waiting);
    });
  });

  describe('messages and answers that are lost', () => {
    it('cost a waiting caller a poll, not the outcome', async () => {
      const id = await accepted();
      const waiting = replies.wait(id, never);
      const [request] = await under.redis.keys(`*:r:${id}`);
      // Nobody is on the list: no wake-up is sent.
      await under.redis.hdel(request ?? '', 'w');
      const startedAt = performance.now();
      await under.elsewhere.replies.complete(id, resultOf(3));
      expect(await waiting).toEqual(resultOf(3));
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    });

    it('cost a caller nothing but a look, without waiting for the poll, when the connection for messages broke', async () => {
      const patient = untilTheEnd(await openRedis(server, { pollMs: 3_600_000, lookEveryMs: 3_600_000 }));
      const store = patient.stores.replies;
      const ids = await Promise.all(Array.from({ length: 20 }, () => accepted(store)));
      const waiting = ids.map((id) => store.wait(id, never));
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await Promise.all(ids.map((id) => patient.elsewhere.replies.complete(id, resultOf(4))));
      expect(await Promise.all(waiting)).toEqual(ids.map(() => resultOf(4)));
    });
  });

  describe('an answer that is lost after the command was carried out', () => {
    let proxy: RedisProxy;
    let behind: RedisStores;

    beforeEach(async () => {
      proxy = new RedisProxy(server.port);
      await proxy.start();
      behind = await openBehind(proxy.url);
    });

    afterEach(() => proxy.stop());

    /** Runs the call without letting its answer through. */
    const withoutAnswer = async (call: () => Promise<unknown>): Promise<void> => {
      proxy.loseAnswers();
      await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    };
    const reconnected = (): Promise<unknown> => {
      proxy.cut();
      return waitUntil('the connection to be made anew', () => behind.health.state === 'ready');
    };

    it('leaves no request that its caller was told is not accepted', async () => {
      await accepted(behind.replies);
      const record = recordOf();
      const key = `behind:r:${record.requestId}`;
      await withoutAnswer(() => behind.replies.accept(record));
      expect(await under.redis.exists(key)).toBe(1);
      await reconnected();
      await waitUntil('the accept to be taken back', async () => (await under.redis.exists(key)) === 0);
      expect(await under.redis.zscore('behind:overdue', record.requestId)).toBeNull();
      expect(await behind.replies.accept(record)).toBe(true);
    });

    it('keeps a request that somebody else relies on by then', async () => {
      await accepted(behind.replies);
      const other = await openBehind(server.url);
      const [record, later] = [recordOf(), recordOf()];
      await withoutAnswer(() => Promise.any([behind.replies.accept(record), behind.replies.accept(later)]).catch(({ errors }: AggregateError) => Promise.reject(errors[0])));
      expect(await other.replies.accept(record)).toBe(false);
      await reconnected();
      // In order: when the later one has been taken back, the first was looked at.
      await waitUntil('the later one to be taken back', async () => (await under.redis.exists(`behind:r:${later.requestId}`)) === 0);
      expect((await other.replies.peek(record.requestId))?.state).toBe('queued');
    });

    it('is seen, and dead connections for commands and messages are replaced within ten seconds', async () => {
      const id = await accepted(behind.replies);
      const waiting = behind.replies.wait(id, never);
      proxy.loseAnswers();
      const startedAt = performance.now();
      await waitUntil('the silence to be seen', () => behind.health.state !== 'ready');
      await waitUntil('a new connection', () => behind.health.state === 'ready');
      const other = await openBehind(server.url);
      await other.replies.complete(id, resultOf(8));
      expect(await waiting).toEqual(resultOf(8));
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });

    it('lets an outcome that is tried again win, and shows it to everybody else', async () => {
      const [warmUp, id] = [await accepted(behind.replies), await accepted(behind.replies)];
      await behind.replies.complete(warmUp, resultOf(0));
      const outcome = resultOf(5);
      await withoutAnswer(() => behind.replies.complete(id, outcome));
      await reconnected();
      expect((await behind.replies.peek(id))?.outcome).toEqual(outcome);
      expect(await behind.replies.complete(id, outcome)).toEqual({ won: true, winner: outcome });
      expect(await behind.replies.complete(id, resultOf(6))).toEqual({ won: false, winner: outcome });
    });

    it('gives the lease of a join to the one who tries again', async () => {
      const part = (requestId: string) => ({ key: { requestId, run: 0, node: 1 }, scope: 's', part: { member: '0', bytes: new Uint8Array([1]) }, expected: 1, expiresAtMs: under.nowMs() + 60_000 });
      await behind.joins.addPart(part('warm-up'));
      await withoutAnswer(() => behind.joins.addPart(part('r')));
      await reconnected();
      expect((await behind.joins.addPart(part('r'))).state).toBe('fire');
      expect((await behind.joins.addPart(part('r'))).state).toBe('closed');
    });
  });

  describe('a Redis that is full', () => {
    const limitTo = async (share: number): Promise<void> => {
      const used = Number(/used_memory:(\d+)/.exec(await under.redis.info('memory'))?.[1]);
      await under.redis.config('SET', 'maxmemory', Math.round(used / share));
    };

    it('refuses new requests first, and still takes the outcomes of those that run', async () => {
      const id = await accepted();
      await limitTo(0.93);
      const refusal = await waitUntil('new requests to be refused', () => replies.accept(recordOf()).then(() => undefined, (error: unknown) => error));
      expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('memory limit') });
      expect(await replies.complete(id, resultOf(1))).toMatchObject({ won: true });
      await under.redis.config('SET', 'maxmemory', 0);
      await waitUntil('new requests to be taken again', () => replies.accept(recordOf()).catch(() => false));
    });

    it('takes an outcome later that did not fit at first', async () => {
      const id = await accepted();
      await limitTo(1.5);
      const outcome = resultOf(2);
      const failure = await replies.complete(id, outcome).catch((error: unknown) => error);
      expect(codeOf(failure)).toBe('STORE_UNAVAILABLE');
      expect((failure as Error).message).toContain('full');
      await under.redis.config('SET', 'maxmemory', 0);
      expect(await replies.complete(id, outcome)).toEqual({ won: true, winner: outcome });
    });
  });
});
