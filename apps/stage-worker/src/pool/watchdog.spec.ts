import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { Watchdog } from './watchdog.ts';

describe('the watchdog', () => {
  it('calls back at the earliest time it was given, whatever the order', () => {
    const clock = new FakeClock();
    const calls: number[] = [];
    const watchdog = new Watchdog(clock, () => calls.push(clock.now()));
    for (const dueAt of [300, 100, 200]) watchdog.watch(dueAt);
    clock.advance(1_000);
    expect(calls).toEqual([100]);
  });

  it('sets one timer for any number of calls with the same timeout', () => {
    const clock = new FakeClock();
    const watchdog = new Watchdog(clock, () => undefined);
    for (let dueAt = 500; dueAt < 600; dueAt += 1) watchdog.watch(dueAt);
    expect(clock.pendingTimers).toBe(1);
  });

  it('can be set again from its own call, and is silent once stopped', () => {
    const clock = new FakeClock();
    let calls = 0;
    const watchdog: Watchdog = new Watchdog(clock, () => {
      calls += 1;
      watchdog.watch(clock.now() + 10);
    });
    watchdog.watch(10);
    clock.advance(35);
    watchdog.stop();
    clock.advance(100);
    expect(calls).toBe(3);
    expect(clock.pendingTimers).toBe(0);
  });
});
