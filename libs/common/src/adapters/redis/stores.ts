import { AppError, toAppError } from '#common/errors';
import type { CancelTimer, Clock, Fleet, JoinStore, Log, PayloadStore, Random, Replies } from '#common/ports';
import type { Health } from './health.ts';
import { RedisClient } from './redis-client.ts';
import { RedisClock } from './redis-clock.ts';
import { RedisFleet } from './redis-fleet.ts';
import { RedisJoinStore } from './redis-join-store.ts';
import { RedisKeys } from './redis-keys.ts';
import { RedisPayloadStore } from './redis-payload-store.ts';
import { RedisReplies } from './redis-replies.ts';
import { StoreEpoch } from './store-epoch.ts';
import { StoreMemory } from './store-memory.ts';

/** Everything that is kept in Redis, over one pair of connections. */
export interface RedisStores {
  readonly replies: Replies;
  readonly joins: JoinStore;
  readonly payloads: PayloadStore;
  readonly fleet: Fleet;
  /** Cluster time; timers and durations are this machine's. */
  readonly clock: Clock;
  /** Whether Redis can be used, for readiness. */
  readonly health: Pick<Health, 'state' | 'sinceMs' | 'onChange'>;
  /** Rejects waiting callers and leaves Redis. Idempotent. */
  close(): Promise<void>;
}

/** Beside what is needed, settings with their defaults. Times in milliseconds. */
export interface RedisStoresOptions {
  /** `redis://[user:password@]host[:port][/database]`; `rediss://` for TLS. */
  readonly url: string;
  /** Certificate authority (PEM) that the server's certificate is checked against, with `rediss://`. Default: the system's. */
  readonly tlsCa?: string;
  /** This machine's clock. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** First word of every key: keeps apart systems that share a Redis. Default `millrace`. */
  readonly namespace?: string;
  /** A command without an answer is rejected after so long. Default 500. */
  readonly commandTimeoutMs?: number;
  /** How long opening waits for Redis. Default 10 s. */
  readonly connectWithinMs?: number;
  /** How long the bodiless mark of an ended request stays after its result expired. Default 7 days. */
  readonly markKeepMs?: number;
  /** How often waiting requests are looked up, in case a wake-up was lost. Default 250. */
  readonly pollMs?: number;
  /** Waiting callers are let go when Redis has been away for so long. Default 30 s. */
  readonly giveUpAfterMs?: number;
  /** How long the lease to fire a join holds. Default 30 s. */
  readonly joinLeaseMs?: number;
  /** Most bytes of payloads in the store at a time. Default 1 GiB. */
  readonly maxPayloadBytes?: number;
  /** A worker's report older than this is that of a worker that died. Default 5 s. */
  readonly reportFreshForMs?: number;
  /** How often Redis' time, epoch and memory are looked at. Default 2 s. */
  readonly lookEveryMs?: number;
}

const PROCESS_ID_LENGTH = 12;
/** Between looks at the start that failed. */
const LOOK_AGAIN_MS = 200;

const DEFAULTS = {
  namespace: 'millrace',
  commandTimeoutMs: 500,
  connectWithinMs: 10_000,
  markKeepMs: 7 * 24 * 3_600_000,
  pollMs: 250,
  giveUpAfterMs: 30_000,
  joinLeaseMs: 30_000,
  maxPayloadBytes: 1_073_741_824,
  reportFreshForMs: 5_000,
  lookEveryMs: 2_000,
};

/** Connects, checks the server and begins to listen. Rejects with STORE_UNAVAILABLE when Redis cannot be reached, CONFIG_INVALID when it is not set up for this. */
export async function openRedisStores(options: RedisStoresOptions): Promise<RedisStores> {
  const settings = { ...DEFAULTS, ...options };
  checkUrl(settings.url);
  const { clock: local, log, random } = settings;
  const client = new RedisClient(settings);
  await client.start();
  const keys = new RedisKeys(settings.namespace);
  const clock = new RedisClock(local, () => client.time());
  const memory = new StoreMemory(client, log);
  // The random end of an id: short, because it stays with every request.
  const processId = random.requestId().slice(-PROCESS_ID_LENGTH);
  const epoch = new StoreEpoch({ client, keys, random, onLost: () => onLost() });
  const shared = { client, keys, clock, processId };
  const replies = new RedisReplies({ ...shared, epoch, memory, log, markKeepMs: settings.markKeepMs, pollMs: settings.pollMs, giveUpAfterMs: settings.giveUpAfterMs, acceptWithinMs: settings.commandTimeoutMs });
  const onLost = (): void => {
    log.write('error', `Redis at ${client.where} was emptied: requests from before are lost and end in STATE_LOST`);
    replies.reread();
  };
  const look = new RegularLook({ clock, everyMs: settings.lookEveryMs, look: () => allOf([clock.sync(), epoch.check(), memory.check(), client.checkListening()]) });
  try {
    await look.start(settings.connectWithinMs);
  } catch (error) {
    client.close();
    throw error;
  }
  replies.start();
  return {
    replies,
    joins: new RedisJoinStore({ ...shared, leaseMs: settings.joinLeaseMs }),
    payloads: new RedisPayloadStore({ ...shared, maxBytes: settings.maxPayloadBytes }),
    fleet: new RedisFleet({ client, keys, clock, freshForMs: settings.reportFreshForMs }),
    clock,
    health: client.health,
    close: async () => {
      look.stop();
      replies.close();
      client.close();
    },
  };
}

/** Waits for all of them, so that looks never overlap; rejects when any did. */
async function allOf(parts: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(parts)).find((part) => part.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** @throws CONFIG_INVALID; never shows the URL, which may hold a password */
function checkUrl(url: string): void {
  if (/^rediss?:\/\//.test(url) && URL.canParse(url) && new URL(url).hostname !== '') return;
  throw new AppError('CONFIG_INVALID', 'The URL of Redis cannot be read. It has the form redis://[user:password@]host[:port][/database], or rediss:// for TLS; special characters of a password are percent-encoded.');
}

/** Looks at once, then again and again, each time a while after the last look ended. */
class RegularLook {
  readonly #options: { readonly clock: Clock; readonly everyMs: number; readonly look: () => Promise<unknown> };
  #cancel: CancelTimer | undefined;
  #stopped = false;

  constructor(options: { readonly clock: Clock; readonly everyMs: number; readonly look: () => Promise<unknown> }) {
    this.#options = options;
  }

  /** Resolves after the first look that worked. A machine that starts many processes is slow for a moment: one that failed is repeated for a while. */
  async start(withinMs: number): Promise<void> {
    const { clock, look } = this.#options;
    const untilMs = clock.now() + withinMs;
    for (;;) {
      const failure = await look().then(() => undefined, toAppError);
      if (failure === undefined) return this.#schedule();
      if (failure.code !== 'STORE_UNAVAILABLE' || clock.now() >= untilMs) throw failure;
      await new Promise<void>((resolve) => void clock.after(LOOK_AGAIN_MS, resolve));
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #schedule(): void {
    if (this.#stopped) return;
    // A store that is away says so in its health; the next look may find it back.
    const again = (): void => this.#schedule();
    this.#cancel = this.#options.clock.after(this.#options.everyMs, () => void this.#options.look().then(again, again));
  }
}
