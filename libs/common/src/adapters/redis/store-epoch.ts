import type { Random } from '#common/ports';
import type { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';

/** The epoch outlives its last reader by more than anything else in the store. */
const KEEP_MS = 30 * 24 * 3_600_000;
const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A word that the store holds from its first use on. A store that was emptied has another: what is older than it is lost. */
export class StoreEpoch {
  readonly #client: RedisClient;
  readonly #keys: RedisKeys;
  readonly #random: Random;
  readonly #onLost: () => void;
  #current: string | undefined;

  /** `onLost` is told when the store was emptied since the last look. */
  constructor(options: { readonly client: RedisClient; readonly keys: RedisKeys; readonly random: Random; readonly onLost: () => void }) {
    this.#client = options.client;
    this.#keys = options.keys;
    this.#random = options.random;
    this.#onLost = options.onLost;
  }

  /** Reads the epoch, or begins one. Called every few seconds and when a request is missing. Rejects with STORE_UNAVAILABLE. */
  async check(): Promise<void> {
    const epoch = String(await this.#client.script('epoch', [this.#keys.epoch], [this.#random.requestId(), KEEP_MS], "read the store's epoch"));
    const before = this.#current;
    this.#current = epoch;
    if (before !== undefined && before !== epoch) this.#onLost();
  }

  /** True for an id that was made before the store's epoch began, as far as it tells (a UUIDv7 holds its time). */
  isOlder(requestId: string): boolean {
    const time = UUID_V7.exec(requestId);
    return time !== null && this.#current !== undefined && parseInt(`${time[1]}${time[2]}`, 16) < parseInt(this.#current, 10);
  }

  /** Whether `epoch`, as a script read it, is the one known here. */
  is(epoch: string | undefined): boolean {
    return epoch !== undefined && epoch === this.#current;
  }
}
