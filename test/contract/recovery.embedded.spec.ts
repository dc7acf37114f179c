import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Outcome } from '#common/envelope';
import type { AcceptRecord, Delivery } from '#common/ports';
import { openEmbedded } from './embedded-under-test.ts';
import type { EmbeddedUnderTest } from './embedded-under-test.ts';
import { waitUntil } from '../support/wait-until.ts';

const CHILD = join(import.meta.dirname, '../support/accept-until-killed.ts');

describe('an embedded engine that is opened again', () => {
  let under: EmbeddedUnderTest;
  beforeEach(async () => {
    under = await openEmbedded();
  });
  afterEach(() => under.close());

  const record = (requestId: string, overrides: Partial<AcceptRecord> = {}): AcceptRecord => {
    const nowMs = under.clock.clusterNow();
    const entry = [{ topic: 'hop', key: requestId, headers: { h: requestId }, bytes: new TextEncoder().encode(requestId) }];
    return { requestId, tenant: 't', pipeline: 'p', version: 'v', mode: 'sync', acceptedAtMs: nowMs, deadlineMs: nowMs + 60_000, keepUntilMs: nowMs + 120_000, entry, ...overrides };
  };
  const cancelled = (message: string): Outcome => ({ kind: 'cancelled', atMs: under.clock.clusterNow(), timings: [], error: { code: 'CANCELLED', message, retryable: false } });
  const deploy = (): Promise<void> => under.engine.bus.ensureTopics([{ name: 'hop', partitions: 4, retention: 'hop' }]);
  const collect = async (partitions = 4): Promise<Delivery[]> => {
    const deliveries: Delivery[] = [];
    await under.engine.bus.ensureTopics([{ name: 'hop', partitions, retention: 'hop' }]);
    await under.engine.bus.subscribe({ group: 'g', topics: ['hop'], window: 256 }, (delivery) => {
      deliveries.push(delivery);
      delivery.settle();
    });
    return deliveries;
  };

  it('publishes unfinished requests again, in the order they were accepted, with their entry as it was', async () => {
    const ids = ['c', 'a', 'b'];
    for (const id of ids) await under.engine.replies.accept(record(id));
    await under.reopen();
    const deliveries = await collect(1);
    const restored: { requestId: string; bytes: number }[] = [];
    expect(await under.engine.recover((request) => restored.push(request))).toEqual({ republished: 3, overdue: 0, failed: 0 });
    expect(restored).toEqual(ids.map((requestId) => ({ requestId, bytes: 1 })));
    await waitUntil('all 3', () => deliveries.length === 3);
    expect(deliveries.map(({ key }) => key)).toEqual(ids);
    expect(deliveries[0]).toMatchObject({ topic: 'hop', headers: { h: 'c' } });
    expect(new TextDecoder().decode(deliveries[0]?.bytes)).toBe('c');
  });

  it('recovers each request once, and none that was accepted after the opening', async () => {
    await under.engine.replies.accept(record('old'));
    await under.reopen();
    await deploy();
    await under.engine.replies.accept(record('new'));
    expect((await under.engine.recover()).republished).toBe(1);
    expect((await under.engine.recover()).republished).toBe(0);
  });

  it('stores what was asked for before it was closed and tells who waits, then turns everyone else away', async () => {
    const { replies } = under.engine;
    const never = new AbortController().signal;
    await replies.accept(record('a'));
    await replies.accept(record('b'));
    const [told, turnedAway] = [replies.wait('a', never), replies.wait('b', never)];
    const refusal = expect(turnedAway).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const completed = replies.complete('a', cancelled('last word'));
    await under.engine.close();
    expect(await completed).toMatchObject({ won: true });
    expect(await told).toMatchObject({ error: { message: 'last word' } });
    await refusal;
    await under.reopen();
    expect((await under.engine.replies.peek('a'))?.state).toBe('cancelled');
    expect((await under.engine.replies.peek('b'))?.state).toBe('queued');
  });

  it('lets requests that ended before rest, and shows their outcomes', async () => {
    await under.engine.replies.accept(record('ended'));
    await under.engine.replies.complete('ended', cancelled('by test'));
    await under.reopen();
    await deploy();
    expect(await under.engine.recover()).toEqual({ republished: 0, overdue: 0, failed: 0 });
    expect(await under.engine.replies.peek('ended')).toMatchObject({ state: 'cancelled', outcome: { error: { message: 'by test' } } });
    expect(await under.engine.replies.accept(record('ended'))).toBe(false);
    expect(await under.engine.replies.complete('ended', cancelled('too late'))).toMatchObject({ won: false, winner: { error: { message: 'by test' } } });
  });

  it('finds every open request however much came and went before it', async () => {
    const rest = (): Promise<unknown> => waitUntil('housekeeping to rest', () => under.clock.pendingTimers > 1);
    const passSeconds = async (seconds: number): Promise<void> => {
      for (let second = 0; second < seconds; second++) {
        under.clock.advance(1_000);
        await rest();
      }
    };
    const serveAll = async (): Promise<void> => {
      for (const id of ['x', 'y']) {
        await under.engine.replies.accept(record(`${id}${under.clock.now()}`, { keepUntilMs: under.clock.clusterNow() }));
        await under.engine.replies.complete(`${id}${under.clock.now()}`, cancelled('x'));
      }
      await passSeconds(3);
    };
    await serveAll();
    await under.engine.replies.accept(record('old'));
    await serveAll();
    await under.reopen();
    await serveAll();
    await under.engine.replies.accept(record('young'));
    await passSeconds(2);
    await under.reopen();
    const deliveries = await collect(1);
    expect((await under.engine.recover()).republished).toBe(2);
    await waitUntil('both', () => deliveries.length === 2);
    expect(deliveries.map(({ key }) => key)).toEqual(['old', 'young']);

    for (const id of ['old', 'young']) await under.engine.replies.complete(id, cancelled('x'));
    await passSeconds(200);
    await under.reopen();
    await under.engine.replies.accept(record('after everything was purged'));
    await under.reopen();
    await deploy();
    expect((await under.engine.recover()).republished).toBe(1);
  });

  it('leaves requests past their deadline to the sweeper', async () => {
    await under.engine.replies.accept(record('late', { deadlineMs: under.clock.clusterNow() + 1_000 }));
    await under.reopen();
    under.clock.advance(1_000);
    await deploy();
    expect(await under.engine.recover()).toEqual({ republished: 0, overdue: 1, failed: 0 });
    expect((await under.engine.replies.overdue(under.clock.clusterNow(), 10)).map(({ requestId }) => requestId)).toEqual(['late']);
  });

  it('ends a request whose pipeline is gone in an error that says so', async () => {
    await under.engine.replies.accept(record('orphan'));
    await under.reopen();
    expect(await under.engine.recover()).toEqual({ republished: 0, overdue: 0, failed: 1 });
    expect(await under.engine.replies.peek('orphan')).toMatchObject({ state: 'failed', outcome: { error: { code: 'VERSION_GONE', message: expect.stringContaining('Pipeline "p"') } } });
  });

  it('recovers inputs too big for a row, and ends those whose file is gone in an error', async () => {
    const big = (id: string): AcceptRecord => record(id, { entry: [{ topic: 'hop', key: id, bytes: new Uint8Array(200_000).fill(7) }] });
    await under.engine.replies.accept(big('lost'));
    const [lost = ''] = readdirSync(join(under.dataDir, 'bodies'));
    await under.engine.replies.accept(big('kept'));
    rmSync(join(under.dataDir, 'bodies', lost));
    await under.reopen();
    const deliveries = await collect();
    expect(await under.engine.recover()).toEqual({ republished: 1, overdue: 0, failed: 1 });
    await waitUntil('the big one', () => deliveries.length === 1);
    expect(deliveries[0]?.bytes.every((byte) => byte === 7)).toBe(true);
    expect(await under.engine.replies.peek('lost')).toMatchObject({ outcome: { error: { code: 'STATE_LOST', retryable: true } } });
  });

  it('removes body files that no request refers to', async () => {
    await under.engine.replies.accept(record('a', { entry: [{ topic: 'hop', bytes: new Uint8Array(200_000) }] }));
    await under.engine.close();
    const folder = join(under.dataDir, 'bodies');
    const [used = ''] = readdirSync(folder);
    copyFileSync(join(folder, used), join(folder, 'cut-short.part'));
    await under.reopen();
    expect(readdirSync(folder)).toEqual([used]);
    await under.engine.replies.complete('a', cancelled('x'));
    await waitUntil('the file to go', () => readdirSync(folder).length === 0);
  });

  it.each([
    ['small', 500],
    ['too big for a row', 100_000],
  ])('finds after kill -9 every request it said it accepted, recovers each once, and keeps every outcome (inputs %s)', async (_, entryBytes) => {
    await under.engine.close();
    const said = await acceptUntilKilled(under.dataDir, under.clock.clusterNow(), entryBytes, 300);
    expect(said.accepted.length).toBeGreaterThanOrEqual(300);

    await under.reopen();
    const deliveries = await collect();
    const recovery = await under.engine.recover();
    await waitUntil('the recovered', () => deliveries.length >= recovery.republished);
    const recovered = deliveries.map(({ key }) => key);
    expect(new Set(recovered).size).toBe(recovered.length);
    expect(recovery).toMatchObject({ overdue: 0, failed: 0 });

    for (const id of said.ended) {
      expect(recovered).not.toContain(id);
      expect(await under.engine.replies.peek(id)).toMatchObject({ state: 'cancelled', outcome: { error: { message: id } } });
    }
    const ended = new Set(said.ended);
    for (const id of said.accepted) {
      if (ended.has(id)) continue;
      // Its outcome may have been stored just before the kill cut off the word of it.
      const view = await under.engine.replies.peek(id);
      expect(view?.state === 'cancelled' || recovered.includes(id)).toBe(true);
    }
    for (const { headers, bytes } of deliveries) expect(bytes.every((byte) => byte === Number(headers['number']) % 256) && bytes.length === entryBytes).toBe(true);
  });
});

/** Starts a process that accepts, kills it once it has said so `count` times, and answers what it said. */
async function acceptUntilKilled(dataDir: string, epochMs: number, entryBytes: number, count: number): Promise<{ accepted: string[]; ended: string[] }> {
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', CHILD, dataDir, String(epochMs), String(entryBytes)], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const said = { accepted: [] as string[], ended: [] as string[] };
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, id = ''] = line.split(' ');
    if (word === 'accepted') said.accepted.push(id);
    if (word === 'ended') said.ended.push(id);
    if (said.accepted.length === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return said;
}
