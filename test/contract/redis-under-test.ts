import { Redis } from 'ioredis';
import { openRedisStores } from '#common/adapters/redis';
import type { RedisStores, RedisStoresOptions } from '#common/adapters/redis';
import { SystemClock, SystemRandom } from '#common/adapters/system';
import type { CancelTimer, Clock, Log, LogFields, LogLevel } from '#common/ports';
import { RedisProcess } from '../support/redis-process.ts';

/** This machine's clock, and time that the test adds to it. */
export class MovableClock implements Clock {
  readonly #real = new SystemClock();
  #addedMs = 0;

  now(): number {
    return this.#real.now() + this.#addedMs;
  }

  clusterNow(): number {
    return this.#real.clusterNow() + this.#addedMs;
  }

  after(ms: number, call: () => void): CancelTimer {
    return this.#real.after(ms, call);
  }

  add(ms: number): void {
    this.#addedMs += ms;
  }
}

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Two processes' stores over one redis-server, and the hands of the test on it. */
export interface RedisUnderTest {
  readonly stores: RedisStores;
  readonly elsewhere: RedisStores;
  readonly server: RedisProcess;
  /** A plain client, for looking at keys. */
  readonly redis: Redis;
  /** What was logged above debug. */
  readonly lines: readonly LogLine[];
  nowMs(): number;
  /** Lets time pass for processes and keys alike, without waiting. */
  passTime(ms: number): Promise<void>;
  newId(): string;
  close(): Promise<void>;
}

let shared: Promise<RedisProcess> | undefined;
const random = new SystemRandom();
let namespaces = 0;

/** The server that the tests of one file share; `stopSharedRedis` when the file is done. */
export function sharedRedis(): Promise<RedisProcess> {
  shared ??= startRedis();
  return shared;
}

export async function stopSharedRedis(): Promise<void> {
  await (await shared)?.stop();
  shared = undefined;
}

export async function startRedis(args: readonly string[] = []): Promise<RedisProcess> {
  const server = new RedisProcess(args);
  await server.start();
  return server;
}

/** Opens two processes' stores in a namespace of their own. */
export async function openRedis(server: RedisProcess, options: Partial<RedisStoresOptions> = {}): Promise<RedisUnderTest> {
  const clock = new MovableClock();
  const lines: LogLine[] = [];
  const log: Log = {
    write: (level, message, fields = {}) => {
      if (level !== 'debug') lines.push({ level, message, fields });
    },
  };
  const settings = { url: server.url, clock, log, random, namespace: `test${namespaces++}`, ...options };
  const [stores, elsewhere] = [await openRedisStores(settings), await openRedisStores(settings)];
  const redis = new Redis(server.url, { lazyConnect: false, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  return {
    stores,
    elsewhere,
    server,
    redis,
    lines,
    nowMs: () => stores.clock.clusterNow(),
    passTime: async (ms) => {
      clock.add(ms);
      for (const key of await redis.keys(`${settings.namespace}:*`)) {
        const leftMs = await redis.pttl(key);
        if (leftMs >= 0) await redis.pexpire(key, leftMs - ms);
      }
    },
    newId: () => random.requestId(),
    close: async () => {
      redis.disconnect();
      await stores.close();
      await elsewhere.close();
    },
  };
}
