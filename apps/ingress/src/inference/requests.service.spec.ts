import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '#common/envelope';
import type { AcceptRecord } from '#common/ports';
import { fromTypedArray } from '#common/inference';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { JournalReplies, ListFleet, ListLog, catalogOf, idleClaims, twoStagePipeline } from '../../../../test/support/ingress-doubles.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { PipelineDirectory, Readiness, RequestsService, Sweeper } from './index.ts';

const X = fromTypedArray('FP32', [1, 2], new Float32Array([1, 2]));
const pipeline = twoStagePipeline();
const timing = { stage: 'first', attempt: 1, queueMs: 1, batchMs: 2, computeMs: 3, batchRows: 1 };
const RESULT: Outcome = { kind: 'result', atMs: 1_700_000_000_100, timings: [timing, { ...timing, stage: 'second' }], tensors: [{ stage: 1, name: 'y', tensor: X }] };

async function setUp(loaded = [pipeline]) {
  const clock = new FakeClock();
  const replies = new JournalReplies();
  const log = new ListLog();
  const directory = new PipelineDirectory(await catalogOf(...loaded), new Readiness(new ListFleet(), clock));
  const requests = new RequestsService({ replies, claims: idleClaims(), directory, clock });
  const sweeper = new Sweeper({ replies, clock, log, pipelineOf: (record) => directory.findVersion(record) });
  const accept = (requestId: string, limitMs = 1000, changes: Partial<AcceptRecord> = {}) =>
    replies.accept({
      requestId, tenant: 'default', pipeline: 'pair', version: pipeline.version, mode: 'async', acceptedAtMs: clock.clusterNow(), deadlineMs: clock.clusterNow() + limitMs,
      keepUntilMs: clock.clusterNow() + 86_400_000, answerForm: { outputs: [{ name: 'y' }] }, entry: [], ...changes,
    });
  return { clock, replies, requests, sweeper, log, accept };
}

describe('a request looked up by its id', () => {
  it('shows which stage is at work', async () => {
    const { replies, requests, accept } = await setUp();
    await accept('r1');
    replies.progress('r1', 'first');
    const { stages } = await requests.report('r1');
    expect(stages).toEqual([{ stage: 'first', state: 'done', timings: [] }, { stage: 'second', state: 'active', timings: [] }]);
  });

  it('shows where the time went once it has ended', async () => {
    const { replies, requests, accept } = await setUp();
    await accept('r1');
    await replies.complete('r1', RESULT);
    const { view, stages } = await requests.report('r1');
    expect(view.state).toBe('succeeded');
    expect(stages.map(({ stage, state, timings }) => [stage, state, timings.length])).toEqual([['first', 'done', 1], ['second', 'done', 1]]);
  });

  it('shows stages that never ran when it ended before them', async () => {
    const { requests, accept } = await setUp();
    await accept('r1');
    const { view, stages } = await requests.cancel('r1');
    expect(view.state).toBe('cancelled');
    expect(stages.map(({ state }) => state)).toEqual(['not-run', 'not-run']);
  });

  it.each(['report', 'result', 'cancel'] as const)('is REQUEST_NOT_FOUND when nobody knows it (%s)', async (method) => {
    const { requests } = await setUp();
    await expect(requests[method]('nope')).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
  });
});

describe('the result of a request', () => {
  it('is its answer, with the form it was asked in', async () => {
    const { replies, requests, accept } = await setUp();
    await accept('r1');
    await replies.complete('r1', RESULT);
    expect(await requests.result('r1')).toMatchObject({ answer: { state: 'succeeded', response: { outputs: { y: X } } }, form: { outputs: [{ name: 'y' }] } });
  });

  it('is RESULT_NOT_READY before it ends', async () => {
    const { requests, accept } = await setUp();
    await accept('r1');
    await expect(requests.result('r1')).rejects.toMatchObject({ code: 'RESULT_NOT_READY', retryAfterMs: 1000 });
  });

  it('is REQUEST_EXPIRED when only the mark of its end is left', async () => {
    const { replies, requests, accept } = await setUp();
    await accept('r1');
    const view = await replies.peek('r1');
    replies.peek = () => Promise.resolve(view === undefined ? undefined : { ...view, state: 'succeeded' });
    await expect(requests.result('r1')).rejects.toMatchObject({ code: 'REQUEST_EXPIRED', message: expect.stringContaining('2023-11-15T22:13:20.000Z') });
  });

  it('is VERSION_GONE when the pipeline it ran on is no longer loaded', async () => {
    const { replies, requests, accept } = await setUp([]);
    await accept('r1');
    await replies.complete('r1', RESULT);
    await expect(requests.result('r1')).rejects.toMatchObject({ code: 'VERSION_GONE' });
  });

  it('outlives the version it ran on when it is to be fetched later', async () => {
    const { replies, requests, accept } = await setUp([]);
    await accept('r1', 1000, { outputs: pipeline.outputs });
    await replies.complete('r1', RESULT);
    expect(await requests.result('r1')).toMatchObject({ answer: { state: 'succeeded', response: { pipeline: 'pair', version: pipeline.version, outputs: { y: X } } } });
  });

  it('is the error it ended in, whether its version is still loaded or not', async () => {
    const { replies, requests, accept } = await setUp([]);
    await accept('r1');
    const error = { code: 'STAGE_FAILED', message: 'stage "second" threw', retryable: true, stage: 'second' } as const;
    await replies.complete('r1', { kind: 'error', atMs: 0, timings: [timing], error });
    expect(await requests.result('r1')).toMatchObject({ answer: { state: 'failed', requestId: 'r1', error } });
  });

  it('stays what it was when somebody cancels afterwards', async () => {
    const { replies, requests, accept } = await setUp();
    await accept('r1');
    await replies.complete('r1', RESULT);
    expect((await requests.cancel('r1')).view.state).toBe('succeeded');
  });
});

describe('the sweeper', () => {
  it('ends what is overdue, naming the stage, and leaves the rest', async () => {
    const { clock, replies, sweeper, accept } = await setUp();
    await accept('late', 1000);
    await accept('in-time', 60_000);
    clock.advance(1300);
    expect(await sweeper.sweep()).toBe(1);
    expect(replies.outcomes.get('late')).toMatchObject({ kind: 'deadline', error: { code: 'DEADLINE_EXCEEDED', stage: 'first' } });
    expect(replies.outcomes.has('in-time')).toBe(false);
  });

  it('gives the ingress that holds the caller a head start', async () => {
    const { clock, sweeper, accept } = await setUp();
    await accept('r1', 1000);
    clock.advance(1100);
    expect(await sweeper.sweep()).toBe(0);
  });

  it('ends all of a crowd in one round', async () => {
    const { clock, replies, sweeper, accept } = await setUp();
    for (let id = 0; id < 250; id += 1) await accept(`late-${id}`, 10);
    sweeper.start();
    clock.advance(500);
    await waitUntil('all are ended', () => replies.outcomes.size === 250);
    sweeper.stop();
  });

  it('goes on after the store was away, and says so once', async () => {
    const { clock, replies, sweeper, log, accept } = await setUp();
    await accept('late', 10);
    sweeper.start();
    replies.failWith = new Error('the store is away');
    for (let round = 0; round < 3; round += 1) {
      clock.advance(500);
      await waitUntil('the next round is planned', () => clock.pendingTimers === 1);
    }
    expect(log.lines).toHaveLength(1);
    replies.failWith = undefined;
    clock.advance(500);
    await waitUntil('the request is ended', () => replies.outcomes.get('late')?.kind === 'deadline');
    await waitUntil('the next round is planned', () => clock.pendingTimers === 1);
    sweeper.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
