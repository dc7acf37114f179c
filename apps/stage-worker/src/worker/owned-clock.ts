import type { CancelTimer, Clock } from '#common/ports';

/** The clock of one worker: its timers end with it. None fires after `stop`, so nothing of a worker that left acts any more or keeps a process alive. */
export class OwnedClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<CancelTimer>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  clusterNow(): number {
    return this.#clock.clusterNow();
  }

  after(ms: number, call: () => void): CancelTimer {
    if (this.#stopped) return () => undefined;
    const timer = this.#clock.after(ms, () => {
      this.#timers.delete(timer);
      call();
    });
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      timer();
    };
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}
