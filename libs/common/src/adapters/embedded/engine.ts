import { join } from 'node:path';
import { holdsReferences } from '#common/envelope';
import type { Outcome } from '#common/envelope';
import type { BrowsableBus, Bus, Clock, Fleet, JoinStore, Log, PayloadStore, Replies } from '#common/ports';
import { BodyFiles } from './body-files.ts';
import { EmbeddedBus } from './embedded-bus.ts';
import { EmbeddedFleet } from './embedded-fleet.ts';
import { EmbeddedJoinStore } from './embedded-join-store.ts';
import { EmbeddedPayloadStore } from './embedded-payload-store.ts';
import { EmbeddedReplies } from './embedded-replies.ts';
import type { Recovery, Restored } from './embedded-replies.ts';
import { Housekeeping } from './housekeeping.ts';
import { KeptLogs } from './kept-log.ts';
import { RequestBodies } from './request-bodies.ts';
import { RequestTable } from './request-table.ts';
import { EmbeddedStore } from './store.ts';
import type { Durability } from './store.ts';

export interface EmbeddedEngineOptions {
  /** Holds everything the engine keeps; one process at a time. Made if missing. */
  readonly dataDir: string;
  /** `process` (default) outlives a kill -9, `disk` a power cut too. */
  readonly durability?: Durability;
  readonly clock: Clock;
  readonly log: Log;
  /** How long to wait for another process to let go of the data folder. Default 10 s: a predecessor that drains. */
  readonly lockWaitMs?: number;
  /** Most bytes of the database file. Default: what the disk has. */
  readonly maxFileBytes?: number;
  /** Most bytes of unsettled hops in memory, up to twice it while stages wait for each other. Default 1 GiB. */
  readonly maxHopBytes?: number;
  /** Most bytes of payloads by reference. Default 8 GiB. */
  readonly maxPayloadBytes?: number;
  /** How long the terminal mark of a request outlives its result. Default 7 days. */
  readonly markKeepMs?: number;
  /** Most terminal marks; beyond it the oldest go early. Default 200,000, about 80 MB. */
  readonly maxMarks?: number;
  /** How long dead letters are kept. Default 14 days. */
  readonly keptKeepMs?: number;
  /** Most bytes of dead letters; beyond it the oldest go early. Default 1 GiB. */
  readonly maxKeptBytes?: number;
  /** How long a join lease holds. Default 30 s. */
  readonly joinLeaseMs?: number;
  /** A worker whose last report is older is gone. Default 5 s. */
  readonly reportFreshForMs?: number;
}

export interface EmbeddedEngine {
  readonly bus: Bus & BrowsableBus;
  readonly replies: Replies;
  readonly joins: JoinStore;
  readonly payloads: PayloadStore;
  readonly fleet: Fleet;
  /** Starts the requests again that the last process left unfinished. Call once, when the topics exist. `onRestored` is told of each that runs. */
  recover(onRestored?: (request: Restored) => void): Promise<Recovery>;
  /** Stores what was asked for, then lets the data folder go. Call after workers and ingress have stopped. Idempotent. */
  close(): Promise<void>;
}

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

const DEFAULTS = {
  durability: 'process',
  lockWaitMs: 10_000,
  maxHopBytes: GIB,
  maxPayloadBytes: 8 * GIB,
  markKeepMs: 7 * DAY_MS,
  maxMarks: 200_000,
  keptKeepMs: 14 * DAY_MS,
  maxKeptBytes: GIB,
  joinLeaseMs: 30_000,
  reportFreshForMs: 5_000,
} as const satisfies Partial<EmbeddedEngineOptions>;

/** Opens the data folder and everything over it. Rejects with STORE_LOCKED, STORE_INVALID or STORE_UNAVAILABLE; nothing is then left open. */
export async function openEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const settings = { ...DEFAULTS, ...options };
  const { clock, dataDir, log } = settings;
  const store = await EmbeddedStore.open(settings);
  try {
    const table = new RequestTable(store);
    const kept = new KeptLogs(store);
    const bodies = new RequestBodies(new BodyFiles(join(dataDir, 'bodies'), settings.durability), clock.clusterNow().toString(36));
    await bodies.removeOrphans(table.files());
    const payloads = new EmbeddedPayloadStore({ folder: join(dataDir, 'payloads'), maxBytes: settings.maxPayloadBytes, clock, log });
    await payloads.start();
    const joins = new EmbeddedJoinStore({ clock, leaseMs: settings.joinLeaseMs });
    const bus = new EmbeddedBus({ kept, clock, log, maxBytes: settings.maxHopBytes });
    const onEnded = (requestId: string, outcome: Outcome): void => {
      void joins.forget(requestId);
      // What the outcome itself refers to lives until it expires.
      if (!holdsReferences(outcome)) void payloads.drop(requestId);
    };
    const replies = new EmbeddedReplies({ store, table, bodies, clock, onEnded });
    replies.load();
    const housekeeping = new Housekeeping({ ...settings, store, table, bodies, kept, oldestOpen: () => replies.oldestOpen() });
    housekeeping.start();
    return {
      bus,
      replies,
      joins,
      payloads,
      fleet: new EmbeddedFleet({ clock, freshForMs: settings.reportFreshForMs }),
      recover: (onRestored = () => undefined) => replies.recover(bus, onRestored),
      close: async () => {
        await housekeeping.stop();
        payloads.stop();
        bus.close();
        store.close();
        // What that committed wakes its waiters first; only then are the others turned away.
        await new Promise((resolve) => setImmediate(resolve));
        replies.close();
      },
    };
  } catch (error) {
    store.close();
    throw error;
  }
}
