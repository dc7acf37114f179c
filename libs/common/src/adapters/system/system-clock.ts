import { performance } from 'node:perf_hooks';
import type { CancelTimer, Clock } from '#common/ports';

/** Longest wait Node's timers take; longer ones fire at once, so they are taken in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A wall clock that differs by more from what the monotonic one makes of it was set, and is followed. */
const STEP_MS = 50;

/**
 * Time as this machine knows it: cluster time of an engine that lives on one host. It runs with the monotonic clock, so that waits of less than a
 * millisecond show, and follows the wall clock when that is set. Set back, `clusterNow` stands still until the wall clock has caught up: a deadline
 * that has passed stays passed.
 */
export class SystemClock implements Clock {
  #offset = Date.now() - performance.now();
  #latest = 0;

  now(): number {
    return performance.now();
  }

  clusterNow(): number {
    const wall = Date.now();
    const monotonic = performance.now();
    if (Math.abs(wall - monotonic - this.#offset) > STEP_MS) this.#offset = wall - monotonic;
    this.#latest = Math.max(this.#latest, monotonic + this.#offset);
    return this.#latest;
  }

  after(ms: number, call: () => void): CancelTimer {
    let timer: NodeJS.Timeout;
    const wait = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMER_MS);
      timer = setTimeout(() => {
        if (left > step) wait(left - step);
        else call();
      }, step);
    };
    // Node's timers fire up to a millisecond early and drop fractions; "not before" needs the next whole one.
    wait(Math.ceil(Math.max(ms, 0)));
    return () => {
      clearTimeout(timer);
    };
  }
}
