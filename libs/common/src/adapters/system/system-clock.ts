import { performance } from 'node:perf_hooks';
import type { CancelTimer, Clock } from '#common/ports';

/** Longest wait Node's timers take; longer ones fire at once, so they are taken in steps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Time as this machine knows it: cluster time of an engine that lives on one host. A wall clock that is set back holds `clusterNow` still until it
 * has caught up: a deadline that has passed stays passed.
 */
export class SystemClock implements Clock {
  #latest = 0;

  now(): number {
    return performance.now();
  }

  clusterNow(): number {
    this.#latest = Math.max(this.#latest, Date.now());
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
