import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/envelope';
import { RecentIds } from './recent-ids.ts';
import { WaitingRequests } from './waiting-requests.ts';

const never = new AbortController().signal;
const outcome: Outcome = { kind: 'result', atMs: 1, timings: [], tensors: [] };

describe('WaitingRequests', () => {
  it('wakes everybody who waits for the request, once, and forgets it', async () => {
    const waiting = new WaitingRequests();
    const waits = [waiting.add('a', never), waiting.add('a', never)];
    waiting.wake('a', outcome);
    waiting.wake('a', { ...outcome, atMs: 2 });
    expect(await Promise.all(waits)).toEqual([outcome, outcome]);
    expect(waiting.size).toBe(0);
  });

  it('keeps nothing of a caller who gave up, and goes on for the others', async () => {
    const waiting = new WaitingRequests();
    const [first, second] = [new AbortController(), new AbortController()];
    const waits = [waiting.add('a', first.signal), waiting.add('a', second.signal)];
    first.abort(new Error('enough'));
    await expect(waits[0]).rejects.toThrow('enough');
    expect(waiting.has('a')).toBe(true);
    second.abort(new Error('enough too'));
    await expect(waits[1]).rejects.toThrow('enough too');
    expect(waiting.size).toBe(0);
  });

  it('fails one request, or all that are left', async () => {
    const waiting = new WaitingRequests();
    const waits = ['a', 'b', 'c'].map((id) => waiting.add(id, never));
    waiting.fail('a', new Error('one'));
    waiting.failAll(new Error('all'));
    await expect(waits[0]).rejects.toThrow('one');
    for (const wait of waits.slice(1)) await expect(wait).rejects.toThrow('all');
  });

  it('knows which requests the store watches for it, until it may have lost the list', () => {
    const waiting = new WaitingRequests();
    for (const id of ['a', 'b']) waiting.add(id, never).catch(() => undefined);
    waiting.markWatched('a');
    waiting.markWatched('never waited for');
    expect(waiting.byWatch()).toEqual({ watched: ['a'], unwatched: ['b'] });
    expect([waiting.wasAccepted('a'), waiting.wasAccepted('b')]).toEqual([true, false]);
    waiting.unwatchAll();
    expect(waiting.byWatch()).toEqual({ watched: [], unwatched: ['a', 'b'] });
    expect(waiting.wasAccepted('a')).toBe(true);
  });
});

describe('RecentIds', () => {
  it('always knows the last ids up to its capacity, and never more than twice as many', () => {
    const recent = new RecentIds(10);
    for (let index = 0; index < 1_000; index++) {
      recent.add(`id${index}`);
      const known = Array.from({ length: index + 1 }, (_, back) => recent.has(`id${index - back}`));
      expect(known.slice(0, 10)).not.toContain(false);
      expect(known.filter(Boolean).length).toBeLessThanOrEqual(20);
    }
  });
});
