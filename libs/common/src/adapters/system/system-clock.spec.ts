import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from './system-clock.ts';

describe('SystemClock', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('holds cluster time still while the wall clock is behind it, and goes on when it has caught up', () => {
    jest.useFakeTimers({ now: 5000 });
    const clock = new SystemClock();
    const before = clock.clusterNow();
    jest.setSystemTime(3000);
    expect(clock.clusterNow()).toBe(before);
    expect(clock.clusterNow()).toBe(before);
    jest.setSystemTime(6001);
    expect(Math.floor(clock.clusterNow())).toBe(6001);
  });

  it('shows waits of less than a millisecond', () => {
    const clock = new SystemClock();
    const readings = new Set(Array.from({ length: 1000 }, () => clock.clusterNow()));
    expect([...readings].some((reading) => !Number.isInteger(reading))).toBe(true);
  });

  it('stays with the wall clock', () => {
    expect(Math.abs(new SystemClock().clusterNow() - Date.now())).toBeLessThan(50);
  });

  it('calls back once, not before the time, also past the longest timer', () => {
    jest.useFakeTimers({ now: 0 });
    const clock = new SystemClock();
    const month = 31 * 24 * 3600 * 1000;
    const call = jest.fn();
    clock.after(month, call);
    jest.advanceTimersByTime(month - 1);
    expect(call).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    jest.advanceTimersByTime(month);
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('does not call back after it was cancelled', () => {
    jest.useFakeTimers({ now: 0 });
    const call = jest.fn();
    new SystemClock().after(10, call)();
    jest.advanceTimersByTime(100);
    expect(call).not.toHaveBeenCalled();
  });
});
