import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbedded } from './embedded-under-test.ts';
import type { EmbeddedUnderTest } from './embedded-under-test.ts';
import { waitUntil } from '../support/wait-until.ts';

const MIB = 1_048_576;
const KEEP_MS = 5_000;

describe('the disk use of an embedded engine', () => {
  let under: EmbeddedUnderTest;
  beforeEach(async () => {
    under = await openEmbedded({ markKeepMs: 10_000, keptKeepMs: 30_000 });
  });
  afterEach(() => under.close());

  /** Sizes of the database and its log, bytes. */
  const sizes = (): { database: number; log: number } => ({
    database: statSync(join(under.dataDir, 'store.db')).size,
    log: statSync(join(under.dataDir, 'store.db-wal'), { throwIfNoEntry: false })?.size ?? 0,
  });
  const rest = (): Promise<unknown> => waitUntil('housekeeping to rest', () => under.clock.pendingTimers > 1);
  const passSeconds = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      // Slices follow each other within the second while there is more to do.
      for (let step = 0; step < 10; step++) {
        under.clock.advance(100);
        await rest();
      }
    }
  };
  let serial = 0;
  const serve = async (count: number, bodyBytes: number): Promise<void> => {
    const { engine, clock } = under;
    const body = new Uint8Array(bodyBytes);
    await Promise.all(
      Array.from({ length: count }, async () => {
        const requestId = `0190c2f3-0000-7000-8000-${String(serial++).padStart(12, '0')}`;
        const nowMs = clock.clusterNow();
        const times = { acceptedAtMs: nowMs, deadlineMs: nowMs + 1_000, keepUntilMs: nowMs + KEEP_MS };
        await engine.replies.accept({ requestId, tenant: 't', pipeline: 'p', version: 'v', mode: 'sync', ...times, entry: [{ topic: 'hop', bytes: body }] });
        await engine.replies.complete(requestId, { kind: 'result', atMs: nowMs, timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [bodyBytes], bytes: body } }] });
      }),
    );
  };

  it('stays bounded while thousands of requests come and go', async () => {
    const seen: number[] = [];
    for (let second = 0; second < 60; second++) {
      await serve(100, 4_000);
      await passSeconds(1);
      const { database, log } = sizes();
      seen.push(database);
      expect(log).toBeLessThan(17 * MIB);
    }
    // 100 a second of 4 KB that stay 5 s, and their marks 10 s more: about 2.5 MiB are in use at any time, of 24 MB written.
    expect(Math.max(...seen)).toBeLessThan(6 * MIB);
    expect(Math.max(...seen.slice(30))).toBeLessThanOrEqual(Math.max(...seen.slice(0, 30)) * 1.1);
  });

  it('gives the space of a burst back to the file system', async () => {
    await serve(3_000, 4_000);
    const burst = sizes().database;
    expect(burst).toBeGreaterThan(10 * MIB);
    await passSeconds(40);
    // The log is copied into the file, and the file cut, at the next checkpoint.
    await under.reopen();
    expect(sizes().database).toBeLessThan(burst / 4);
  });

  it('drops the entry with the outcome, and the files of big bodies with their request', async () => {
    const folder = join(under.dataDir, 'bodies');
    await serve(3, 300_000);
    await waitUntil('only the outcomes to be left', () => readdirSync(folder).length === 3);
    await passSeconds(7);
    await waitUntil('no file to be left', () => readdirSync(folder).length === 0);
  });

  it('never keeps more marks than it may', async () => {
    const capped = await openEmbedded({ maxMarks: 50 });
    try {
      const ids = Array.from({ length: 200 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
      for (const [index, requestId] of ids.entries()) {
        const nowMs = capped.clock.clusterNow() + index;
        await capped.engine.replies.accept({ requestId, tenant: 't', pipeline: 'p', version: 'v', mode: 'sync', acceptedAtMs: nowMs, deadlineMs: nowMs, keepUntilMs: nowMs, entry: [] });
        await capped.engine.replies.complete(requestId, { kind: 'deadline', atMs: nowMs, timings: [], error: { code: 'DEADLINE_EXCEEDED', message: 'm', retryable: true } });
      }
      const known = async (): Promise<string[]> => {
        const views = await Promise.all(ids.map((id) => capped.engine.replies.peek(id)));
        return ids.filter((_, index) => views[index] !== undefined);
      };
      await waitUntil('the oldest marks to go', async () => {
        capped.clock.advance(1_000);
        return (await known()).length === 50;
      });
      expect(await known()).toEqual(ids.slice(150));
    } finally {
      await capped.close();
    }
  });

  it('forgets old records of kept topics', async () => {
    await under.engine.bus.ensureTopics([{ name: 'dead', partitions: 1, retention: 'kept' }]);
    await under.engine.bus.publish([{ topic: 'dead', bytes: new Uint8Array(3) }]);
    await passSeconds(20);
    await under.engine.bus.publish([{ topic: 'dead', bytes: new Uint8Array(3) }]);
    expect(await under.engine.bus.ranges('dead')).toEqual([{ partition: 0, start: 0, end: 2 }]);
    await passSeconds(15);
    expect(await under.engine.bus.ranges('dead')).toEqual([{ partition: 0, start: 1, end: 2 }]);
  });

  it('removes the oldest records of kept topics, aloud, when they take too much', async () => {
    const capped = await openEmbedded({ maxKeptBytes: 10_000 });
    try {
      const { bus } = capped.engine;
      await bus.ensureTopics([{ name: 'dead', partitions: 1, retention: 'kept' }]);
      for (let count = 0; count < 50; count++) await bus.publish([{ topic: 'dead', bytes: new Uint8Array(1_000) }]);
      const left = await waitUntil('the oldest to go', async () => {
        capped.clock.advance(1_000);
        const [range] = await bus.ranges('dead');
        return range !== undefined && range.end - range.start <= 10 && range;
      });
      expect(left.end).toBe(50);
      expect(left.end - left.start).toBeGreaterThan(0);
      expect(capped.lines).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('dead letters') }));
      await bus.purge('dead', 0, 50);
      for (let count = 0; count < 10; count++) await bus.publish([{ topic: 'dead', bytes: new Uint8Array(1_000) }]);
      capped.clock.advance(1_000);
      await waitUntil('housekeeping to rest', () => capped.clock.pendingTimers > 1);
      expect(await bus.ranges('dead')).toEqual([{ partition: 0, start: 50, end: 60 }]);
    } finally {
      await capped.close();
    }
  });

  it('leaves no timer behind when it is closed', async () => {
    await under.engine.close();
    expect(under.clock.pendingTimers).toBe(0);
  });
});
