import { AppError } from '#common/errors';
import type { Log } from '#common/ports';
import type { RedisClient } from './redis-client.ts';
import { fullness } from './server-info.ts';

/** New requests are refused above this share of Redis' memory limit: the rest is for the outcomes of those that run. */
const FULL = 0.85;

/** How full Redis is, looked at every few seconds: so that a full store refuses new work, never running work. */
export class StoreMemory {
  readonly #client: RedisClient;
  readonly #log: Log;
  #fullness = 0;
  #policy = 'noeviction';

  constructor(client: RedisClient, log: Log) {
    this.#client = client;
    this.#log = log;
  }

  /** Rejects with STORE_UNAVAILABLE; the last look then holds. */
  async check(): Promise<void> {
    const info = await this.#client.info();
    this.#fullness = fullness(info);
    if (info.evictionPolicy !== this.#policy && info.evictionPolicy !== 'noeviction') {
      this.#log.write('error', `Redis at ${this.#client.where} now has maxmemory-policy "${info.evictionPolicy}" and will drop requests when it is full; set it back to noeviction`);
    }
    this.#policy = info.evictionPolicy;
  }

  /** @throws STORE_UNAVAILABLE when there is no room for new work */
  checkRoom(what: string): void {
    if (this.#fullness < FULL) return;
    const percent = (share: number): string => `${Math.round(share * 100)} %`;
    throw new AppError('STORE_UNAVAILABLE', `Could not ${what}: Redis uses ${percent(this.#fullness)} of its memory limit, and new work is refused from ${percent(FULL)} on. Raise maxmemory, or wait until results have expired.`);
  }
}
