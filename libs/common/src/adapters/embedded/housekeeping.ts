import type { CancelTimer, Clock, Log } from '#common/ports';
import type { KeptLogs } from './kept-log.ts';
import type { RequestBodies } from './request-bodies.ts';
import type { RequestTable } from './request-table.ts';
import type { EmbeddedStore } from './store.ts';

export interface HousekeepingOptions {
  readonly store: EmbeddedStore;
  readonly table: RequestTable;
  readonly bodies: RequestBodies;
  readonly kept: KeptLogs;
  /** The number below which no request is open. */
  readonly oldestOpen: () => number;
  readonly clock: Clock;
  readonly log: Log;
  /** How long the bodiless mark of an ended request stays after its result expired. */
  readonly markKeepMs: number;
  /** Most marks at a time; beyond it the oldest go early. */
  readonly maxMarks: number;
  /** How long records of kept topics (dead letters) stay. */
  readonly keptKeepMs: number;
  /** Most bytes of them; beyond it the oldest go early. */
  readonly maxKeptBytes: number;
}

const ROUND_MS = 1000;
// While there is more to do; leaves the event loop to requests between slices.
const NEXT_SLICE_MS = 20;
// Rows a slice handles in one transaction: about a millisecond.
const SLICE = 256;
// Few, since each may be big and not all of a slice may have to go.
const KEPT_SLICE = 16;
// 2 MiB given back to the file system at a time.
const SHRINK_PAGES = 512;

/** Keeps the store small: expires results, then marks, then old dead letters, in bounded slices on a timer. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #cancel: CancelTimer | undefined;
  #running: Promise<void> = Promise.resolve();
  #marks = 0;
  #openFrom = 0;
  #stopped = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#marks = this.#options.table.countMarks();
    this.#schedule(ROUND_MS);
  }

  /** Resolves when the slice under way is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#running = this.#slice();
    });
  }

  async #slice(): Promise<void> {
    const { log, store } = this.#options;
    let isMore = false;
    try {
      isMore = await this.#purge();
      store.shrink(SHRINK_PAGES);
    } catch (error) {
      log.write('warn', 'expired requests could not be removed from the store; trying again', { error: String(error), afterMs: ROUND_MS });
    }
    this.#schedule(isMore ? NEXT_SLICE_MS : ROUND_MS);
  }

  /** Answers whether any of its slices was full. */
  async #purge(): Promise<boolean> {
    const { bodies, clock, kept, keptKeepMs, markKeepMs, maxMarks, oldestOpen, store, table } = this.#options;
    const nowMs = clock.clusterNow();
    const openFrom = oldestOpen();
    const [expired, removed] = await store.write(() => {
      if (openFrom !== this.#openFrom) table.saveOpenFrom(openFrom);
      const expired = table.expireResults(nowMs, nowMs + markKeepMs, SLICE);
      const tooMany = this.#marks + expired.rows - maxMarks;
      const removed = tooMany > 0 ? table.removeOldestMarks(Math.min(tooMany, 2 * SLICE)) : table.removeMarks(nowMs, SLICE);
      return [expired, removed] as const;
    });
    this.#openFrom = openFrom;
    this.#marks += expired.rows - removed;
    for (const file of expired.files) bodies.discard(file);
    const old = await kept.removeOld(nowMs - keptKeepMs, SLICE);
    return (await this.#limitKept()) || Math.max(expired.rows, removed, old) >= SLICE;
  }

  /** Answers whether there is still too much. */
  async #limitKept(): Promise<boolean> {
    const { kept, log, maxKeptBytes } = this.#options;
    if (kept.bytes <= maxKeptBytes) return false;
    const records = await kept.removeOld(Number.MAX_SAFE_INTEGER, KEPT_SLICE);
    log.write('warn', 'the oldest dead letters were removed to stay under the limit; read or purge them sooner', { records, maxKeptBytes });
    return kept.bytes > maxKeptBytes;
  }
}
