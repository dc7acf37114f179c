import type { CancelTimer, Clock } from '#common/ports';
import type { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';

// Far below what a person notices; most short requests have ended by then and cost the store nothing.
const FLUSH_AFTER_MS = 100;
const MOST_PENDING = 10_000;
/** Requests per script call: well under a millisecond of Redis' time. */
const SLICE = 200;

export interface ProgressBufferOptions {
  readonly client: RedisClient;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  /** Known here to have ended: of no interest any more. */
  readonly hasEnded: (requestId: string) => boolean;
}

/** Finished stages on their way to the store, a tenth of a second's worth at a time. What does not fit, or meets a store that is away, is dropped. */
export class ProgressBuffer {
  readonly #options: ProgressBufferOptions;
  #pending: (readonly [requestId: string, stage: string])[] = [];
  #cancel: CancelTimer | undefined;

  constructor(options: ProgressBufferOptions) {
    this.#options = options;
  }

  add(requestId: string, stage: string): void {
    if (this.#pending.length >= MOST_PENDING) return;
    this.#pending.push([requestId, stage]);
    this.#cancel ??= this.#options.clock.after(FLUSH_AFTER_MS, () => this.#flush());
  }

  stop(): void {
    this.#cancel?.();
    this.#pending = [];
  }

  #flush(): void {
    this.#cancel = undefined;
    const { client, hasEnded, keys } = this.#options;
    const open = this.#pending.filter(([id]) => !hasEnded(id));
    this.#pending = [];
    for (let at = 0; at < open.length; at += SLICE) {
      const slice = open.slice(at, at + SLICE);
      const requests = slice.map(([id]) => keys.request(id));
      client.script('progress', requests, slice.map(([, stage]) => stage), 'store progress').catch(() => undefined);
    }
  }
}
