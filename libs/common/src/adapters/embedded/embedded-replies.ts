import { decodeOutcome, encodeOutcome } from '#common/envelope';
import type { Outcome } from '#common/envelope';
import { AppError, toAppError } from '#common/errors';
import type { AcceptRecord, BusRecord, Clock, Completion, Replies, RequestState, RequestView } from '#common/ports';
import { decodeEntry, encodeEntry } from './entry-codec.ts';
import { RecentlyEnded } from './recently-ended.ts';
import type { RequestBodies } from './request-bodies.ts';
import type { RequestRecord, RequestTable, StoredBody, StoredRequest } from './request-table.ts';
import type { EmbeddedStore } from './store.ts';
import { Waiters } from './waiters.ts';

export interface EmbeddedRepliesOptions {
  readonly store: EmbeddedStore;
  readonly table: RequestTable;
  readonly bodies: RequestBodies;
  readonly clock: Clock;
  /** Told once per request that ended, after the commit. Must not throw. */
  readonly onEnded: (requestId: string, outcome: Outcome) => void;
}

/** What a recovery did with the requests that were open when the store was opened. */
export interface Recovery {
  readonly republished: number;
  /** Past their deadline: the sweeper ends them. */
  readonly overdue: number;
  /** Ended in an error, because what they need is gone. */
  readonly failed: number;
}

/** Where recovered requests start again. */
export interface RecoveryBus {
  hasTopic(name: string): boolean;
  restore(records: readonly BusRecord[]): void;
}

/** A request that runs again. */
export interface Restored {
  readonly requestId: string;
  /** Of its first messages. */
  readonly bytes: number;
}

interface OpenRequest {
  readonly seq: number;
  readonly record: RequestRecord;
  readonly entryFile: string | undefined;
  readonly stagesDone: string[];
  /** The write of the outcome that came first, while it is under way. */
  ending: Promise<Outcome> | undefined;
}

// Ids of the last so many ended requests: several times what can be in flight, about 10 MB.
const REMEMBERED_ENDS = 50_000;
const RECOVERY_SLICE = 256;

const STATES = { result: 'succeeded', error: 'failed', deadline: 'expired', cancelled: 'cancelled' } as const satisfies Record<Outcome['kind'], RequestState>;

/**
 * Accept records and outcomes in the store; open requests also in memory, so that the usual call reads nothing. One process has the store, so
 * the first outcome is decided in memory and holds once its commit is done; waiters are woken after that.
 *
 * A request: accepted (durable) -> open -> ending (its outcome is being committed; open again if that fails) -> ended -> mark -> forgotten.
 */
export class EmbeddedReplies implements Replies {
  readonly #options: EmbeddedRepliesOptions;
  readonly #open = new Map<string, OpenRequest>();
  readonly #waiters = new Waiters<Outcome>();
  readonly #ended = new RecentlyEnded(REMEMBERED_ENDS);
  /** Ids that were open when the store was opened, in accept order. */
  #unfinished: string[] = [];
  /** No open request has an earlier deadline: spares the sweeper most of its scans. */
  #earliestDeadlineMs = Infinity;

  constructor(options: EmbeddedRepliesOptions) {
    this.#options = options;
  }

  /** Reads the open requests of the store. Called once, before anything else. */
  load(): void {
    for (let after = this.#options.table.openFrom - 1, slice: StoredRequest[] = []; ; after = slice.at(-1)?.seq ?? after) {
      slice = this.#options.table.open(after, RECOVERY_SLICE);
      for (const { seq, record, body } of slice) {
        this.#remember(seq, record, body.file);
        this.#unfinished.push(record.requestId);
      }
      if (slice.length < RECOVERY_SLICE) return;
    }
  }

  async accept(record: AcceptRecord): Promise<boolean> {
    const { entry, ...rest } = record;
    const bytes = encodeEntry(entry);
    const { bodies, store, table } = this.#options;
    const spilling = bodies.spill(bytes);
    const body = spilling === undefined ? bodies.inRow(bytes) : await storable(spilling);
    const seq = await this.#written(body, () => store.write(() => table.insert(rest, body)));
    if (seq === undefined) bodies.discard(body.file);
    else this.#remember(seq, rest, body.file);
    return seq !== undefined;
  }

  wait(requestId: string, signal: AbortSignal): Promise<Outcome> {
    return this.#open.has(requestId) ? this.#waiters.wait(requestId, signal) : this.#waitUnlessEnded(requestId, signal);
  }

  async complete(requestId: string, outcome: Outcome): Promise<Completion> {
    const open = this.#open.get(requestId);
    if (open === undefined) {
      const stored = this.#options.table.find(requestId);
      return { won: false, winner: stored === undefined ? undefined : await this.#outcomeOf(stored) };
    }
    if (open.ending !== undefined) return { won: false, winner: await open.ending };
    open.ending = this.#end(open, outcome);
    try {
      return { won: true, winner: await open.ending };
    } catch (error) {
      open.ending = undefined;
      throw error;
    }
  }

  async peek(requestId: string): Promise<RequestView | undefined> {
    const open = this.#open.get(requestId);
    if (open !== undefined) return { record: open.record, state: open.stagesDone.length === 0 ? 'queued' : 'running', stagesDone: [...open.stagesDone] };
    const stored = this.#options.table.find(requestId);
    if (stored?.kind === undefined) return undefined;
    const outcome = await this.#outcomeOf(stored);
    const stagesDone = [...new Set(outcome?.timings.map(({ stage }) => stage))];
    return { record: stored.record, state: STATES[stored.kind], stagesDone, ...(outcome === undefined ? {} : { outcome }) };
  }

  progress(requestId: string, stage: string): void {
    const stagesDone = this.#open.get(requestId)?.stagesDone;
    if (stagesDone !== undefined && !stagesDone.includes(stage)) stagesDone.push(stage);
  }

  hasEnded(requestId: string): boolean {
    // Asked several times per hop. The few open requests are found sooner than an id is missed among the many that ended.
    return !this.#open.has(requestId) && this.#ended.has(requestId);
  }

  async overdue(nowMs: number, limit: number): Promise<readonly RequestRecord[]> {
    if (nowMs < this.#earliestDeadlineMs) return [];
    const overdue: RequestRecord[] = [];
    let earliest = Infinity;
    for (const { record, ending } of this.#open.values()) {
      if (record.deadlineMs < earliest) earliest = record.deadlineMs;
      if (record.deadlineMs <= nowMs && ending === undefined) overdue.push(record);
    }
    this.#earliestDeadlineMs = earliest;
    return overdue.sort((a, b) => a.deadlineMs - b.deadlineMs).slice(0, limit);
  }

  /** Starts again, in accept order, every request that was open when the store was opened and is in time. Called once, when topics exist.
   *  `onRestored` is told of each that runs again. */
  async recover(bus: RecoveryBus, onRestored: (request: Restored) => void): Promise<Recovery> {
    const ids = this.#unfinished;
    this.#unfinished = [];
    const counts = { republished: 0, overdue: 0, failed: 0 };
    for (const id of ids) {
      const open = this.#open.get(id);
      if (open !== undefined) counts[await this.#recoverOne(open.record, bus, onRestored)]++;
    }
    return counts;
  }

  /** The number of the oldest open request, or the one the next will get. Called between turns, when every commit has been taken in. */
  oldestOpen(): number {
    for (const { seq } of this.#open.values()) return seq;
    return this.#options.table.lastSeq + 1;
  }

  /** Rejects every waiter. */
  close(): void {
    this.#waiters.rejectAll(new AppError('STORE_UNAVAILABLE', 'The embedded store is closed: the server is shutting down. Ask again with the request id.'));
  }

  /** Registers before its first pause, like `wait`. */
  async #waitUnlessEnded(requestId: string, signal: AbortSignal): Promise<Outcome> {
    const stored = this.#options.table.find(requestId);
    if (stored === undefined) return this.#waiters.wait(requestId, signal);
    const outcome = await this.#outcomeOf(stored);
    if (outcome !== undefined) return outcome;
    throw new AppError('REQUEST_EXPIRED', `Request ${requestId} ended, and its result has expired.`);
  }

  async #recoverOne(record: RequestRecord, bus: RecoveryBus, onRestored: (request: Restored) => void): Promise<keyof Recovery> {
    const { bodies, clock, table } = this.#options;
    if (record.deadlineMs <= clock.clusterNow()) return 'overdue';
    const stored = table.find(record.requestId);
    const bytes = stored === undefined ? undefined : await bodies.read(stored.body);
    const entry = bytes === undefined ? [] : decodeEntry(bytes);
    const missing = entry.find(({ topic }) => !bus.hasTopic(topic));
    if (entry.length > 0 && missing === undefined) {
      bus.restore(entry);
      onRestored({ requestId: record.requestId, bytes: entry.reduce((sum, { bytes: each }) => sum + each.length, 0) });
      return 'republished';
    }
    const error =
      missing === undefined
        ? new AppError('STATE_LOST', `The input of request ${record.requestId} is gone from the data folder. Send it again.`)
        : new AppError('VERSION_GONE', `Pipeline "${record.pipeline}" has no topic "${missing.topic}" any more: it was changed or removed while the server was down. Send the request again.`);
    const info = { code: error.code, message: error.message, retryable: error.retryable };
    await this.complete(record.requestId, { kind: 'error', atMs: clock.clusterNow(), timings: [], error: info });
    return 'failed';
  }

  async #end(open: OpenRequest, outcome: Outcome): Promise<Outcome> {
    const { bodies, onEnded, store, table } = this.#options;
    const { requestId, keepUntilMs } = open.record;
    const bytes = encodeOutcome(outcome);
    const spilling = bodies.spill(bytes);
    const body = spilling === undefined ? bodies.inRow(bytes) : await storable(spilling);
    await this.#written(body, () => store.write(() => table.end(open.seq, outcome.kind, keepUntilMs, body)));
    this.#open.delete(requestId);
    this.#ended.add(requestId);
    bodies.discard(open.entryFile);
    this.#waiters.wake(requestId, outcome);
    onEnded(requestId, outcome);
    return outcome;
  }

  async #written<T>(body: StoredBody, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      this.#options.bodies.discard(body.file);
      throw error;
    }
  }

  async #outcomeOf(stored: StoredRequest): Promise<Outcome | undefined> {
    if (stored.phase !== 'ended') return undefined;
    const bytes = await this.#options.bodies.read(stored.body);
    return bytes === undefined ? undefined : decodeOutcome(bytes);
  }

  #remember(seq: number, record: RequestRecord, entryFile: string | undefined): void {
    this.#open.set(record.requestId, { seq, record, entryFile, stagesDone: [], ending: undefined });
    if (record.deadlineMs < this.#earliestDeadlineMs) this.#earliestDeadlineMs = record.deadlineMs;
  }
}

/** A body file that cannot be written is a store that refuses the write. */
async function storable(spilling: Promise<StoredBody>): Promise<StoredBody> {
  try {
    return await spilling;
  } catch (error) {
    throw new AppError('STORE_UNAVAILABLE', `The data folder refused a write: ${toAppError(error).message}. Is the disk full?`, { cause: error });
  }
}
