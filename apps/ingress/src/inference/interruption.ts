import type { CancelTimer, Clock } from '#common/ports';

/** What ended a wait before its outcome came: its time was over, or the caller went away. */
export type InterruptionCause = 'time' | 'caller';

/** The first of a timer and an abort signal, as a promise that can be called off. */
export class Interruption {
  readonly first: Promise<InterruptionCause>;
  private readonly cancelTimer: CancelTimer;
  private readonly signal: AbortSignal;
  private onAbort: () => void = () => undefined;

  constructor(clock: Clock, afterMs: number, signal: AbortSignal) {
    this.signal = signal;
    let timeUp = (): void => undefined;
    this.first = new Promise((resolve) => {
      timeUp = () => resolve('time');
      this.onAbort = () => resolve('caller');
    });
    this.cancelTimer = clock.after(Math.max(0, afterMs), timeUp);
    if (signal.aborted) this.onAbort();
    else signal.addEventListener('abort', this.onAbort, { once: true });
  }

  /** Lets go of timer and signal. Call it whoever was first. */
  callOff(): void {
    this.cancelTimer();
    this.signal.removeEventListener('abort', this.onAbort);
  }
}
