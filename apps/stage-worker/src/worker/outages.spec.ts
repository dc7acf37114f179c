import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { Outcome } from '#common/envelope';
import type { Replies } from '#common/ports';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import type { RigOptions } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { wrapBus } from '../../../../test/support/wrapped-bus.ts';
import type { StageScope } from './stage-scope.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

function oneStage(exportName: string, more = ''): string {
  return `
pipeline: one-stage
inputs: ${X}
stages:
  only: { function: ./f.mjs#${exportName}, inputs: { x: x }, outputs: ${X}${more === '' ? '' : `, ${more}`} }
outputs: { x: only.x }
`;
}

const TWO_STAGES = `
pipeline: two-stages
inputs: ${X}
stages:
  first: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  second: { function: ./f.mjs#timesTen, inputs: { x: first.x }, outputs: ${X} }
outputs: { x: second.x }
`;

let rig: StageRig;

async function open(options: RigOptions): Promise<StageRig> {
  rig = await StageRig.open(options);
  return rig;
}

afterEach(async () => {
  await rig.close();
});

function failure(outcome: Outcome): { readonly kind: string; readonly code: string; readonly message: string; readonly stage?: string; readonly retryable: boolean; readonly reason?: string } {
  if (outcome.kind === 'result') throw new Error('expected a failure, got a result');
  return { kind: outcome.kind, ...outcome.error };
}

describe('a bus or store that is away', () => {
  it('holds an answer until it is back', async () => {
    let isAway = true;
    const between = (scope: StageScope): StageScope => ({ ...scope, bus: wrapBus(scope.bus, { refuse: () => (isAway ? new AppError('BUS_UNAVAILABLE', 'away') : undefined) }) });
    await open({ yaml: TWO_STAGES, between });
    const { outcome } = await rig.submit({ x: int64(4) });
    await waitUntil('the first refusal', () => rig.log.entries.some(({ level, message }) => level === 'warn' && message.includes('publish to the next stages')));
    expect(await rig.lag('first')).toBe(1);
    isAway = false;
    rig.clock.advance(2_000);
    expect(numbersIn(await outcome, 'x')).toEqual([50]);
  });

  it('ends the request with its deadline when it stays away, and settles its record', async () => {
    const between = (scope: StageScope): StageScope => ({ ...scope, bus: wrapBus(scope.bus, { refuse: () => new AppError('BUS_UNAVAILABLE', 'away') }) });
    await open({ yaml: TWO_STAGES, between });
    const { outcome } = await rig.submit({ x: int64(4) }, { deadlineMs: 3_000 });
    const warned = (): boolean => rig.log.entries.some(({ level }) => level === 'warn');
    await waitUntil('the first refusal', warned);
    let ended: Outcome | undefined;
    void outcome.then((each) => { ended = each; });
    await waitUntil('the deadline outcome', () => { rig.clock.advance(500); return ended; });
    expect(failure(ended as unknown as Outcome)).toMatchObject({ kind: 'deadline', stage: 'first', message: expect.stringContaining('before emit') });
    await waitUntil('the record to be settled', async () => (await rig.lag('first')) === 0);
  });

  it('holds an outcome until it can be stored', async () => {
    let refusals = 0;
    const between = (scope: StageScope): StageScope => {
      const { replies } = scope;
      const complete: Replies['complete'] = (id, outcome) => (refusals++ < 3 ? Promise.reject(new AppError('STORE_UNAVAILABLE', 'away')) : replies.complete(id, outcome));
      return { ...scope, replies: { complete, wait: replies.wait.bind(replies), accept: replies.accept.bind(replies), peek: replies.peek.bind(replies), progress: replies.progress.bind(replies), hasEnded: replies.hasEnded.bind(replies), overdue: replies.overdue.bind(replies) } };
    };
    await open({ yaml: oneStage('plusOne'), between });
    const { outcome } = await rig.submit({ x: int64(1) });
    let ended: Outcome | undefined;
    void outcome.then((each) => { ended = each; });
    await waitUntil('the outcome', () => { rig.clock.advance(100); return ended; });
    expect(numbersIn(ended as unknown as Outcome, 'x')).toEqual([2]);
    expect(refusals).toBe(4);
  });

  it('never loses a dead letter: the worker takes up nothing new until it is written', async () => {
    let isFull = true;
    const between = (scope: StageScope): StageScope => ({ ...scope, bus: wrapBus(scope.bus, { refuse: ([record]) => (isFull && record?.topic.endsWith('.dlq') === true ? new AppError('BUS_UNAVAILABLE', 'disk full') : undefined) }) });
    await open({ yaml: oneStage('strict', 'retry: { attempts: 1 }'), between });
    const bad = await rig.submit({ x: int64(-1) });
    await waitUntil('the warning', () => rig.log.entries.some(({ level, message }) => level === 'warn' && message.includes('write dead letters to millrace.one-stage.only.dlq')));
    const good = await rig.submit({ x: int64(5) });
    await waitUntil('the record to arrive', () => rig.worker('only').inHand === 2);
    expect(rig.worker('only').counters.executedTotal).toBe(0);
    isFull = false;
    rig.clock.advance(1_000);
    expect(failure(await bad.outcome).code).toBe('STAGE_FAILED');
    expect(numbersIn(await good.outcome, 'x')).toEqual([5]);
    expect(await rig.deadLetters('only')).toHaveLength(1);
    await waitUntil('everything to be settled', async () => (await rig.lag('only')) === 0);
  });
});
