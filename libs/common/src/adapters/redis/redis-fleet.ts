import type { Clock, Fleet, WorkerReport } from '#common/ports';
import type { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';

export interface RedisFleetOptions {
  readonly client: RedisClient;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  /** A report older than this is that of a worker that died. */
  readonly freshForMs: number;
}

/** A dead worker's report is removed when it is so many times too old: by then no late report of its own can follow. */
const REMOVE_AFTER_AGES = 10;

/** The workers' last reports in one hash, which goes when nobody reports any more. */
export class RedisFleet implements Fleet {
  readonly #options: RedisFleetOptions;

  constructor(options: RedisFleetOptions) {
    this.#options = options;
  }

  async report(report: WorkerReport): Promise<void> {
    const { client, freshForMs, keys } = this.#options;
    const args = [report.workerId, JSON.stringify(report), freshForMs * REMOVE_AFTER_AGES];
    // The next report is about a second away.
    await client.script('reportWorker', [keys.fleet], args, 'report to the fleet').catch(() => undefined);
  }

  async withdraw(workerId: string): Promise<void> {
    const { client, keys } = this.#options;
    // A worker that cannot say so disappears when its report grows old.
    await client.run('withdraw from the fleet', (redis) => redis.hdel(keys.fleet, workerId)).catch(() => undefined);
  }

  async workers(): Promise<readonly WorkerReport[]> {
    const { client, clock, freshForMs, keys } = this.#options;
    const texts = await client.run('read the fleet', (redis) => redis.hvals(keys.fleet));
    const reports = texts.map((text) => JSON.parse(text) as WorkerReport);
    const nowMs = clock.clusterNow();
    const gone = reports.filter(({ atMs }) => atMs < nowMs - freshForMs * REMOVE_AFTER_AGES);
    if (gone.length > 0) await client.run('clear the fleet', (redis) => redis.hdel(keys.fleet, ...gone.map(({ workerId }) => workerId))).catch(() => undefined);
    return reports.filter(({ atMs }) => atMs >= nowMs - freshForMs);
  }
}
