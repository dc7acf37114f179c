import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/envelope';
import type { AcceptRecord, Replies } from '#common/ports';
import { waitUntil } from '../support/wait-until.ts';

/** A Replies under test. Ids are unique, so that a store may outlive a test. */
export interface RepliesUnderTest {
  readonly replies: Replies;
  /** Another process's view of the same store, or the same one where there can be no other. */
  readonly elsewhere: Replies;
  /** Cluster time as the store sees it. */
  nowMs(): number;
  /** Lets so much time pass that `expiresAtMs` has been acted on: stored results are gone. */
  passTo(atMs: number): Promise<void>;
  newId(): string;
  close(): Promise<void>;
}

export interface RepliesContractOptions {
  open(): Promise<RepliesUnderTest>;
  /** Opens one whose store refuses every write. */
  openUnavailable(): Promise<RepliesUnderTest>;
}

/** What every Replies promises. */
export function repliesContract(name: string, options: RepliesContractOptions): void {
  describe(`Replies contract: ${name}`, () => {
    let under: RepliesUnderTest;
    let replies: Replies;
    const never = new AbortController().signal;

    beforeEach(async () => {
      under = await options.open();
      replies = under.replies;
    });

    afterEach(() => under.close());

    const acceptRecord = (overrides: Partial<AcceptRecord> = {}): AcceptRecord => ({
      requestId: under.newId(),
      tenant: 'default',
      pipeline: 'chain',
      version: '0123456789abcdef',
      mode: 'async',
      acceptedAtMs: under.nowMs(),
      deadlineMs: under.nowMs() + 60_000,
      keepUntilMs: under.nowMs() + 120_000,
      clientId: 'client label',
      entry: [{ topic: 'millrace.chain.a', key: 'k', headers: { h: 'v' }, bytes: new Uint8Array([1, 2, 3]) }],
      ...overrides,
    });
    const accepted = async (overrides: Partial<AcceptRecord> = {}): Promise<AcceptRecord> => {
      const record = acceptRecord(overrides);
      expect(await replies.accept(record)).toBe(true);
      return record;
    };
    const result = (value: number, overrides: Partial<Outcome> = {}): Outcome =>
      ({
        kind: 'result',
        atMs: under.nowMs(),
        timings: [{ stage: 'a', attempt: 1, queueMs: 1, batchMs: 2, computeMs: 3, batchRows: 1 }],
        tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [1], bytes: new Uint8Array([value]) } }],
        ...overrides,
      }) as Outcome;
    const failure = (kind: 'error' | 'deadline' | 'cancelled', message = 'why'): Outcome => ({
      kind,
      atMs: under.nowMs(),
      timings: [],
      error: { code: kind === 'deadline' ? 'DEADLINE_EXCEEDED' : kind === 'error' ? 'STAGE_FAILED' : 'CANCELLED', message, retryable: false, stage: 'a' },
    });

    it('accepts a request once', async () => {
      const record = await accepted();
      expect(await replies.accept(record)).toBe(false);
      expect(await under.elsewhere.accept({ ...record, tenant: 'other' })).toBe(false);
    });

    it('lets exactly one of many concurrent accepts of an id win', async () => {
      const record = acceptRecord();
      const wins = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? replies : under.elsewhere).accept(record)));
      expect(wins.filter(Boolean)).toHaveLength(1);
    });

    it('shows an accepted request as queued, with its record', async () => {
      const { entry: _, ...record } = await accepted();
      expect(await replies.peek(record.requestId)).toEqual({ record, state: 'queued', stagesDone: [] });
    });

    it('keeps apart records with and without a client label', async () => {
      const { clientId: _label, ...bare } = acceptRecord();
      await replies.accept(bare);
      expect((await replies.peek(bare.requestId))?.record).not.toHaveProperty('clientId');
    });

    it('knows nothing of a request that was never accepted', async () => {
      const id = under.newId();
      expect(await replies.peek(id)).toBeUndefined();
      expect(replies.hasEnded(id)).toBe(false);
      expect(await replies.complete(id, result(1))).toEqual({ won: false, winner: undefined });
      expect(await replies.peek(id)).toBeUndefined();
    });

    it('shows a request as running with its stages, in the order they finished, each once', async () => {
      const { requestId } = await accepted();
      for (const stage of ['b', 'a', 'b']) replies.progress(requestId, stage);
      const view = await waitUntil('progress', async () => {
        const seen = await replies.peek(requestId);
        return seen?.stagesDone.length === 2 && seen;
      });
      expect(view).toMatchObject({ state: 'running', stagesDone: ['b', 'a'] });
    });

    it('takes progress of requests that ended or never were without a word', async () => {
      const { requestId } = await accepted();
      await replies.complete(requestId, result(1));
      replies.progress(requestId, 'a');
      replies.progress(under.newId(), 'a');
      expect((await replies.peek(requestId))?.state).toBe('succeeded');
    });

    it.each([
      ['result', 'succeeded'],
      ['error', 'failed'],
      ['deadline', 'expired'],
      ['cancelled', 'cancelled'],
    ] as const)('stores an outcome of kind %s, state %s, and shows it whole', async (kind, state) => {
      const { requestId } = await accepted();
      const outcome = kind === 'result' ? result(7) : failure(kind);
      expect(await replies.complete(requestId, outcome)).toEqual({ won: true, winner: outcome });
      expect(await replies.peek(requestId)).toMatchObject({ state, outcome });
    });

    it('lets the first outcome hold and shows it to whoever comes later', async () => {
      const { requestId } = await accepted();
      const first = result(1);
      await replies.complete(requestId, first);
      expect(await under.elsewhere.complete(requestId, failure('deadline'))).toEqual({ won: false, winner: first });
      expect(await replies.complete(requestId, first)).toMatchObject({ winner: first });
    });

    it('lets exactly one of many racing outcomes win, and shows all the same winner', async () => {
      const { requestId } = await accepted();
      const waiting = replies.wait(requestId, never);
      const completions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? replies : under.elsewhere).complete(requestId, index % 3 === 0 ? failure('deadline', `d${index}`) : result(index))),
      );
      expect(completions.filter(({ won }) => won)).toHaveLength(1);
      const winner = completions.find(({ won }) => won)?.winner;
      for (const completion of completions) expect(completion.winner).toEqual(winner);
      expect(await waiting).toEqual(winner);
      expect((await replies.peek(requestId))?.outcome).toEqual(winner);
    });

    it('wakes a waiter that registered before the outcome, wherever the outcome is written', async () => {
      const { requestId } = await accepted();
      const waiting = replies.wait(requestId, never);
      const outcome = result(3);
      await under.elsewhere.complete(requestId, outcome);
      expect(await waiting).toEqual(outcome);
    });

    it('has stored the outcome by the time a waiter is woken', async () => {
      const { requestId } = await accepted();
      const seen = replies.wait(requestId, never).then(() => under.elsewhere.peek(requestId));
      void replies.complete(requestId, result(4));
      expect((await seen)?.state).toBe('succeeded');
    });

    it('answers a wait for a request that has ended already', async () => {
      const { requestId } = await accepted();
      await replies.complete(requestId, result(5));
      expect(await replies.wait(requestId, never)).toEqual(result(5, { atMs: expect.any(Number) as never }));
    });

    it('registers a wait before the request is accepted', async () => {
      const record = acceptRecord();
      const waiting = replies.wait(record.requestId, never);
      await replies.accept(record);
      await replies.complete(record.requestId, result(6));
      expect(await waiting).toMatchObject({ kind: 'result' });
    });

    it('wakes every waiter of a request and no other', async () => {
      const [one, other] = [await accepted(), await accepted()];
      const waits = [replies.wait(one.requestId, never), replies.wait(one.requestId, never)];
      let otherWoken = false;
      const abort = new AbortController();
      const othersWait = replies.wait(other.requestId, abort.signal).finally(() => (otherWoken = true));
      await replies.complete(one.requestId, result(1));
      expect(await Promise.all(waits)).toHaveLength(2);
      expect(otherWoken).toBe(false);
      abort.abort(new Error('enough'));
      await expect(othersWait).rejects.toThrow('enough');
    });

    it('ends a wait with the reason of its signal, before or after it was registered', async () => {
      const { requestId } = await accepted();
      await expect(replies.wait(requestId, AbortSignal.abort(new Error('gone before')))).rejects.toThrow('gone before');
      const abort = new AbortController();
      const waiting = replies.wait(requestId, abort.signal);
      abort.abort(new Error('gone after'));
      await expect(waiting).rejects.toThrow('gone after');
      expect(await replies.complete(requestId, result(1))).toMatchObject({ won: true });
    });

    it('knows from memory that a request it completed has ended', async () => {
      const [ended, open] = [await accepted(), await accepted()];
      await replies.complete(ended.requestId, result(1));
      expect(replies.hasEnded(ended.requestId)).toBe(true);
      expect(replies.hasEnded(open.requestId)).toBe(false);
    });

    it('lists requests past their deadline and without outcome, earliest deadline first, up to the limit', async () => {
      const now = under.nowMs();
      const late = await accepted({ deadlineMs: now - 10 });
      const later = await accepted({ deadlineMs: now - 30 });
      const ended = await accepted({ deadlineMs: now - 20 });
      const inTime = await accepted();
      await replies.complete(ended.requestId, failure('error'));
      const ours = new Set([late, later, ended, inTime].map(({ requestId }) => requestId));
      const overdue = (await replies.overdue(now, 100)).filter(({ requestId }) => ours.has(requestId));
      expect(overdue.map(({ requestId }) => requestId)).toEqual([later.requestId, late.requestId]);
      expect(overdue[0]).not.toHaveProperty('entry');
      expect(await replies.overdue(now, 1)).toHaveLength(1);
    });

    it('lists a request as overdue as soon as its deadline has come, and not before', async () => {
      const { requestId, deadlineMs } = await accepted({ deadlineMs: under.nowMs() + 5_000 });
      const listed = async (nowMs: number): Promise<boolean> => (await replies.overdue(nowMs, 100)).some((record) => record.requestId === requestId);
      expect(await listed(deadlineMs - 1)).toBe(false);
      expect(await listed(deadlineMs)).toBe(true);
      expect(await listed(deadlineMs)).toBe(true);
      await replies.complete(requestId, failure('deadline'));
      expect(await listed(deadlineMs)).toBe(false);
    });

    it('drops the result when it has expired, and keeps the mark that the request ended', async () => {
      const record = await accepted({ keepUntilMs: under.nowMs() + 1_000 });
      await replies.complete(record.requestId, result(1));
      await under.passTo(record.keepUntilMs);
      const view = await replies.peek(record.requestId);
      expect(view).toMatchObject({ state: 'succeeded', record: { requestId: record.requestId } });
      expect(view).not.toHaveProperty('outcome');
      expect(await replies.complete(record.requestId, result(2))).toEqual({ won: false, winner: undefined });
      expect(await replies.accept(record)).toBe(false);
      await expect(replies.wait(record.requestId, never)).rejects.toMatchObject({ code: 'REQUEST_EXPIRED' });
    });

    it('carries outcomes and entries of a MiB', async () => {
      const bytes = new Uint8Array(1_048_576).map((_, index) => index * 17);
      const { requestId } = await accepted({ entry: [{ topic: 't', bytes }] });
      const outcome: Outcome = { kind: 'result', atMs: 1, timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [bytes.length], bytes } }] };
      await replies.complete(requestId, outcome);
      const stored = (await under.elsewhere.peek(requestId))?.outcome;
      const tensor = stored?.kind === 'result' ? stored.tensors[0]?.tensor : undefined;
      expect(tensor !== undefined && 'bytes' in tensor && Buffer.compare(tensor.bytes, bytes)).toBe(0);
    });

    it('accepts nothing and completes nothing while the store refuses, and says so', async () => {
      const away = await options.openUnavailable();
      try {
        const record = { ...acceptRecord(), requestId: away.newId() };
        await expect(away.replies.accept(record)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      } finally {
        await away.close();
      }
    });
  });
}
