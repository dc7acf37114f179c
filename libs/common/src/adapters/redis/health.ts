import type { Clock, Log } from '#common/ports';

/**
 * connecting: not reached yet. ready: answers. stalled: connected, but does not answer; calls are refused, a probe asks again and again.
 * away: the connection is lost and made anew, with growing pauses. closed: left on purpose, for good.
 * connecting -> ready <-> stalled; ready, stalled -> away -> ready; any -> closed.
 */
export type StoreState = 'connecting' | 'ready' | 'stalled' | 'away' | 'closed';

/** Whether the store can be used, for readiness and for people. */
export class Health {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #where: string;
  readonly #listeners: ((state: StoreState) => void)[] = [];
  #state: StoreState = 'connecting';
  #sinceMs: number;
  #failingSinceMs: number | undefined;

  constructor(clock: Clock, log: Log, where: string) {
    this.#clock = clock;
    this.#log = log;
    this.#where = where;
    this.#sinceMs = clock.now();
  }

  get state(): StoreState {
    return this.#state;
  }

  /** Since when the state holds, on the local monotonic clock. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** How long the store has not been usable; 0 while it is. */
  get failingForMs(): number {
    return this.#failingSinceMs === undefined ? 0 : this.#clock.now() - this.#failingSinceMs;
  }

  /** Told of every change. Must not throw. */
  onChange(listener: (state: StoreState) => void): void {
    this.#listeners.push(listener);
  }

  set(state: StoreState): void {
    if (state === this.#state || this.#state === 'closed') return;
    const failed = this.failingForMs;
    this.#state = state;
    this.#sinceMs = this.#clock.now();
    if (state === 'stalled' || state === 'away') {
      // Said once per outage, not at every change within it.
      if (this.#failingSinceMs === undefined) this.#log.write('warn', `Redis at ${this.#where} ${state === 'away' ? 'is away' : 'does not answer'}: new work is refused until it is back`);
      this.#failingSinceMs ??= this.#sinceMs;
    } else {
      if (state === 'ready' && this.#failingSinceMs !== undefined) this.#log.write('info', `Redis at ${this.#where} is back`, { afterMs: Math.round(failed) });
      this.#failingSinceMs = undefined;
    }
    for (const listener of this.#listeners) listener(state);
  }
}
