import { describe, expect, it } from '@jest/globals';
import { Waiters } from './waiters.ts';

describe('waiters', () => {
  it('leave nothing behind when they are woken or give up', async () => {
    const waiters = new Waiters<number>();
    const abort = new AbortController();
    const waits = [waiters.wait('a', abort.signal), waiters.wait('a', new AbortController().signal), waiters.wait('b', abort.signal)];
    expect(waiters.size).toBe(2);
    abort.abort(new Error('enough'));
    expect(waiters.size).toBe(1);
    waiters.wake('a', 7);
    expect(waiters.size).toBe(0);
    expect((await Promise.allSettled(waits)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });

  it('are all rejected at the end', async () => {
    const waiters = new Waiters<number>();
    const wait = waiters.wait('a', new AbortController().signal);
    waiters.rejectAll(new Error('closed'));
    await expect(wait).rejects.toThrow('closed');
  });
});
