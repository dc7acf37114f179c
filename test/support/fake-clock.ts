import type { CancelTimer, Clock } from '#common/ports';

interface Timer {
  readonly atMs: number;
  readonly call: () => void;
}

/** A clock the test owns: time passes only through `advance`. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #epochMs: number;
  #nowMs = 0;

  /** By default times have fractions, as those of real clocks do. */
  constructor(epochMs = 1_700_000_000_000.125) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#nowMs;
  }

  clusterNow(): number {
    return this.#epochMs + this.#nowMs;
  }

  after(ms: number, call: () => void): CancelTimer {
    const timer = { atMs: this.#nowMs + ms, call };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Lets time pass and calls every timer that comes due on the way, in order, also those set meanwhile. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#timers].filter((timer) => timer.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.call();
    }
    this.#nowMs = end;
  }

  /** How many timers wait; a closed thing leaves none. */
  get pendingTimers(): number {
    return this.#timers.size;
  }
}
