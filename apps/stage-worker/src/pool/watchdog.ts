import type { CancelTimer, Clock } from '#common/ports';

/**
 * One timer for the due times of many calls. It is armed for the earliest and not touched when a call ends in time: a busy pool sets a
 * timer once per timeout, not once per call, and an idle one soon has none.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #armedFor = Infinity;
  #cancel: CancelTimer | undefined;

  /** `onDue` looks for itself at what is due, and watches the rest again. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** `onDue` is called once `dueAt` (by `clock.now()`) has come, or earlier. */
  watch(dueAt: number): void {
    if (this.#armedFor <= dueAt) return;
    this.stop();
    this.#armedFor = dueAt;
    this.#cancel = this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => {
      this.#armedFor = Infinity;
      this.#onDue();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#armedFor = Infinity;
  }
}
