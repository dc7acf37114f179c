import { decodeOutcome, encodeOutcome, holdsReferences } from '#common/envelope';
import type { Outcome } from '#common/envelope';
import { AppError, isAppError, toErrorInfo } from '#common/errors';
import type { AcceptRecord, CancelTimer, Completion, Log, Replies, RequestView } from '#common/ports';
import { ProgressBuffer } from './progress-buffer.ts';
import { RecentIds } from './recent-ids.ts';
import type { RedisClient, RedisReply } from './redis-client.ts';
import type { RedisClock } from './redis-clock.ts';
import { mayHaveBeenApplied } from './redis-errors.ts';
import type { RedisKeys } from './redis-keys.ts';
import { STATES, parseRecord, parseRequest } from './request-hash.ts';
import type { RequestRecord } from './request-hash.ts';
import type { StoreEpoch } from './store-epoch.ts';
import type { StoreMemory } from './store-memory.ts';
import { WaitingRequests } from './waiting-requests.ts';

export interface RedisRepliesOptions {
  readonly client: RedisClient;
  readonly keys: RedisKeys;
  readonly clock: RedisClock;
  readonly epoch: StoreEpoch;
  readonly memory: StoreMemory;
  readonly log: Log;
  /** Names this process in the store: no other ever has it. */
  readonly processId: string;
  /** How long the bodiless mark of an ended request stays after its result expired. */
  readonly markKeepMs: number;
  /** How often waiting requests are looked up, in case a wake-up was lost. */
  readonly pollMs: number;
  /** Waiting callers are let go when the store has been away for so long. */
  readonly giveUpAfterMs: number;
  /** An accept that Redis meets later than this is void. */
  readonly acceptWithinMs: number;
}

// Several times what can be in flight; about 10 MB.
const REMEMBERED = 50_000;
/** Outcomes up to this size travel with the wake-up; bigger ones are fetched, so that subscribers' buffers in Redis stay small. */
const INLINE_BYTES = 16_384;
/** Requests per look-up, and look-ups at a time. */
const SLICE = 250;
const MOST_WITHDRAWALS = 10_000;
const [ACCEPTED, LATE] = [1, -1];
const UNKNOWN = -1;

/**
 * Requests in Redis. Per request a hash (record, who waits; after the end the bodiless mark) and, once it ended, its outcome in a key of its own
 * that expires with the result. An outcome is stored and its wake-ups are sent by one script. Wake-ups go to one channel per process and may be
 * lost: then the poll finds the outcome.
 */
export class RedisReplies implements Replies {
  readonly #options: RedisRepliesOptions;
  readonly #waiting = new WaitingRequests();
  readonly #ended = new RecentIds(REMEMBERED);
  /** Accepted by this process, so that it is on their list from the start. */
  readonly #acceptedHere = new RecentIds(REMEMBERED);
  readonly #progress: ProgressBuffer;
  /** One token per outcome until its write is certain: a write that timed out and was applied all the same is recognised when it is tried again. */
  readonly #tokens = new WeakMap<Outcome, string>();
  /** Accepts that were refused to their callers and may be in the store: id -> token. */
  readonly #withdrawals = new Map<string, string>();
  #serial = 0;
  #cancelRound: CancelTimer | undefined;
  #stopped = false;

  constructor(options: RedisRepliesOptions) {
    const { client, clock, keys } = options;
    this.#options = options;
    this.#progress = new ProgressBuffer({ client, keys, clock, hasEnded: (id) => this.#ended.has(id) });
  }

  /** Listens to wake-ups and begins to poll. Called once. */
  start(): void {
    const { client, keys, processId } = this.#options;
    client.listen(
      [keys.wakePrefix + processId, keys.failures],
      (channel, message) => (channel === keys.failures ? this.#ended.add(message.toString()) : this.#woken(message)),
      () => this.reread(),
    );
    this.#schedule();
  }

  async accept(record: AcceptRecord): Promise<boolean> {
    const { clock, memory } = this.#options;
    const { entry: _entry, ...rest } = record;
    memory.checkRoom('accept a request');
    // Tried again before it was taken back: the same attempt, and nothing is to be taken back any more.
    const token = this.#withdrawals.get(record.requestId) ?? this.#newToken();
    this.#withdrawals.delete(record.requestId);
    try {
      let answer = await this.#sendAccept(rest, token);
      if (answer === LATE) {
        // Redis' clock was set anew, or the command lay about: the first is mended by asking for the time.
        await clock.sync();
        answer = await this.#sendAccept(rest, token);
      }
      if (answer === LATE) throw new AppError('STORE_UNAVAILABLE', `Request ${record.requestId} reached Redis too late to be accepted. Try again.`);
      if (answer !== ACCEPTED) return false;
    } catch (error) {
      if (mayHaveBeenApplied(error) && this.#withdrawals.size < MOST_WITHDRAWALS) this.#withdrawals.set(record.requestId, token);
      throw error;
    }
    this.#acceptedHere.add(record.requestId);
    this.#waiting.markWatched(record.requestId);
    return true;
  }

  wait(requestId: string, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const waiting = this.#waiting.add(requestId, signal);
    if (this.#acceptedHere.has(requestId) && !this.#ended.has(requestId)) this.#waiting.markWatched(requestId);
    else this.#watch(requestId).catch(() => undefined);
    return waiting;
  }

  async complete(requestId: string, outcome: Outcome): Promise<Completion> {
    const { client, keys } = this.#options;
    const token = this.#tokens.get(outcome) ?? this.#newToken();
    this.#tokens.set(outcome, token);
    const args = [requestId, outcome.kind, token, encodeOutcome(outcome), keys.wakePrefix, keys.failures, INLINE_BYTES, holdsReferences(outcome) ? '' : keys.payloadPrefix];
    const names = [keys.request(requestId), keys.outcome(requestId), keys.overdue, keys.payloadsOf(requestId), keys.payloadLedger, keys.payloadBytes];
    const reply = await client.script('complete', names, args, `store the outcome of request ${requestId}`);
    this.#tokens.delete(outcome);
    const [won, body] = list(reply);
    if (won === UNKNOWN) return { won: false, winner: undefined };
    this.#ended.add(requestId);
    const winner = won === 1 ? outcome : decodeBody(body);
    if (winner !== undefined) this.#waiting.wake(requestId, winner);
    return { won: won === 1, winner };
  }

  async peek(requestId: string): Promise<RequestView | undefined> {
    const { client, epoch, keys } = this.#options;
    const reply = await client.script('peek', [keys.request(requestId), keys.outcome(requestId), keys.epoch], [], `look up request ${requestId}`);
    const [fields, body, epochRead] = list(reply);
    const stored = parseRequest(fields);
    if (stored === undefined) {
      if (!epoch.is(Buffer.isBuffer(epochRead) ? epochRead.toString() : undefined)) await epoch.check();
      if (epoch.isOlder(requestId)) throw stateLost(requestId);
      return undefined;
    }
    const { kind, record, stages } = stored;
    if (kind === undefined) return { record, state: stages.length === 0 ? 'queued' : 'running', stagesDone: stages };
    const outcome = decodeBody(body);
    const stagesDone = outcome === undefined ? stages : [...new Set(outcome.timings.map(({ stage }) => stage))];
    return { record, state: STATES[kind], stagesDone, ...(outcome === undefined ? {} : { outcome }) };
  }

  progress(requestId: string, stage: string): void {
    if (!this.#ended.has(requestId)) this.#progress.add(requestId, stage);
  }

  hasEnded(requestId: string): boolean {
    return this.#ended.has(requestId);
  }

  async overdue(nowMs: number, limit: number): Promise<readonly RequestRecord[]> {
    const { client, keys } = this.#options;
    const records = await client.script('overdue', [keys.overdue], [nowMs, limit, keys.requestPrefix], 'list overdue requests');
    return list(records).map((record) => parseRecord(String(record)));
  }

  /** Looks up everything that is waited for anew: after messages may have been lost, or the store. */
  reread(): void {
    this.#waiting.unwatchAll();
    this.#poll().catch(() => undefined);
  }

  /** Requests that are waited for here. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Rejects every waiter. */
  close(): void {
    this.#stopped = true;
    this.#cancelRound?.();
    this.#progress.stop();
    this.#waiting.failAll(new AppError('STORE_UNAVAILABLE', 'The connection to Redis is closed: the server is shutting down. Ask again with the request id.'));
  }

  async #sendAccept(record: RequestRecord, token: string): Promise<RedisReply> {
    const { acceptWithinMs, client, clock, keys, markKeepMs, processId } = this.#options;
    const { requestId, deadlineMs, keepUntilMs } = record;
    const now = clock.storeNow();
    const markUntilMs = Math.ceil(Math.max(deadlineMs, keepUntilMs, now) + markKeepMs);
    const args = [requestId, now + acceptWithinMs, token, processId, JSON.stringify(record), deadlineMs, Math.ceil(keepUntilMs), markUntilMs];
    return client.script('accept', [keys.request(requestId), keys.overdue], args, `accept request ${requestId}`);
  }

  /** Asks the store once: how the request stands, and to be woken. */
  async #watch(requestId: string): Promise<void> {
    const { client, clock, keys, processId } = this.#options;
    const reply = await client.script('watch', [keys.request(requestId), keys.outcome(requestId)], [processId], `watch request ${requestId}`);
    const [state, body] = list(reply);
    switch (String(state)) {
      case 'open':
        return this.#waiting.markWatched(requestId);
      case 'ended':
        return this.#deliver(requestId, body);
      case 'expired':
        return this.#waiting.fail(requestId, new AppError('REQUEST_EXPIRED', `Request ${requestId} ended, and its result has expired.`));
      default:
        if (!this.#waiting.wasAccepted(requestId)) return;
        this.#waiting.wake(requestId, { kind: 'error', atMs: clock.clusterNow(), timings: [], error: toErrorInfo(stateLost(requestId)) });
    }
  }

  /** A message is `<id> NUL <outcome>`, the outcome left out when it is big. */
  #woken(message: Buffer): void {
    const end = message.indexOf(0);
    const requestId = message.toString('utf8', 0, end);
    this.#ended.add(requestId);
    if (!this.#waiting.has(requestId)) return;
    if (end + 1 < message.length) this.#deliver(requestId, message.subarray(end + 1));
    else this.#watch(requestId).catch(() => undefined);
  }

  #deliver(requestId: string, body: RedisReply | undefined): void {
    this.#ended.add(requestId);
    try {
      const outcome = decodeBody(body);
      if (outcome !== undefined) this.#waiting.wake(requestId, outcome);
    } catch (error) {
      // Written by a newer version, or damaged: the caller hears that, everybody else goes on.
      this.#waiting.fail(requestId, isAppError(error) ? error : new AppError('INTERNAL', `The outcome of request ${requestId} cannot be read.`, { cause: error }));
    }
  }

  #schedule(): void {
    const { clock, pollMs } = this.#options;
    if (this.#stopped) return;
    this.#cancelRound = clock.after(pollMs, () => {
      this.#round().then(
        () => this.#schedule(),
        () => this.#schedule(),
      );
    });
  }

  async #round(): Promise<void> {
    const { client, giveUpAfterMs } = this.#options;
    if (client.health.failingForMs > giveUpAfterMs && this.#waiting.size > 0) {
      const seconds = Math.round(client.health.failingForMs / 1000);
      this.#waiting.failAll(new AppError('STORE_UNAVAILABLE', `Redis at ${client.where} has been away for ${seconds} s. Ask again with the request id.`));
    }
    if (client.health.state !== 'ready') return;
    await this.#withdraw();
    await this.#poll();
  }

  async #poll(): Promise<void> {
    const { client, keys } = this.#options;
    const { watched, unwatched } = this.#waiting.byWatch();
    for (let at = 0; at < unwatched.length; at += SLICE) await Promise.all(unwatched.slice(at, at + SLICE).map((id) => this.#watch(id)));
    for (let at = 0; at < watched.length; at += SLICE) {
      const ids = watched.slice(at, at + SLICE);
      const bodies = await client.run('look up waiting requests', (redis) => redis.mgetBuffer(ids.map((id) => keys.outcome(id))));
      for (const [index, id] of ids.entries()) if (bodies[index]) this.#deliver(id, bodies[index]);
    }
  }

  async #withdraw(): Promise<void> {
    const { client, keys } = this.#options;
    for (const [id, token] of [...this.#withdrawals]) {
      if (!this.#withdrawals.has(id)) continue;
      await client.script('withdraw', [keys.request(id), keys.overdue], [id, token], `take back request ${id}`);
      this.#withdrawals.delete(id);
    }
  }

  #newToken(): string {
    return `${this.#options.processId}.${(this.#serial++).toString(36)}`;
  }
}

function stateLost(requestId: string): AppError {
  return new AppError('STATE_LOST', `Redis was emptied while request ${requestId} was running, or after it ended: what became of it cannot be told. Send it again if that is safe.`);
}

function decodeBody(body: RedisReply | undefined): Outcome | undefined {
  return Buffer.isBuffer(body) ? decodeOutcome(body) : undefined;
}

function list(reply: RedisReply | undefined): readonly RedisReply[] {
  return Array.isArray(reply) ? reply : [];
}
