import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import { ScriptedExecutor } from '../../../../test/support/scripted-executor.ts';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import type { RigOptions, Submitted } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import type { ExecuteCall, ExecuteOutputs } from '../executors/index.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

const ONE_STAGE = `
pipeline: one-stage
inputs: ${X}
stages:
  only: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X}, batch: { max: 4 }, retry: { attempts: 3, backoff: 20s } }
outputs: { x: only.x }
`;

const JOINING = `
pipeline: joining
inputs: ${X}
stages:
  left: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  right: { function: ./f.mjs#timesTen, inputs: { x: x }, outputs: ${X} }
  both: { function: ./f.mjs#sum, inputs: { a: left.x, b: right.x }, outputs: ${X} }
outputs: { x: both.x }
`;

const echo = (call: ExecuteCall): ExecuteOutputs => ({ x: call.inputs['x'] ?? call.inputs['a'] ?? int64() });

let rig: StageRig;

async function open(options: RigOptions): Promise<StageRig> {
  rig = await StageRig.open(options);
  return rig;
}

afterEach(async () => {
  await rig.close();
});

/** One request computing and one waiting for it. */
async function twoInHand(executor: ScriptedExecutor): Promise<readonly [Submitted, Submitted]> {
  const first = await rig.submit({ x: int64(1) });
  await waitUntil('the first to be computed', () => executor.calls.length === 1);
  const second = await rig.submit({ x: int64(2) });
  await waitUntil('the second to arrive', () => rig.worker('only').inHand === 2);
  return [first, second];
}

describe('a worker', () => {
  it('tells the fleet of each state, and of its work every second', async () => {
    await open({ yaml: ONE_STAGE });
    const { fleet } = rig.engine;
    expect(rig.worker('only').state).toBe('ready');
    expect(await fleet.workers()).toMatchObject([{ workerId: 'only-0', stage: 'only', state: 'ready', executors: 1, executedTotal: 0 }]);
    await (await rig.submit({ x: int64(1) })).outcome;
    rig.clock.advance(1_000);
    expect(await fleet.workers()).toMatchObject([{ state: 'ready', executedTotal: 1, failedTotal: 0 }]);
    await rig.worker('only').stop();
    expect(await fleet.workers()).toEqual([]);
  });

  it('says why it could not load, and takes nothing', async () => {
    await open({ yaml: ONE_STAGE });
    const broken = new ScriptedExecutor();
    broken.load = () => Promise.reject(new AppError('EXECUTOR_LOAD_FAILED', 'no such model'));
    await expect(rig.addWorker('only', broken)).rejects.toMatchObject({ code: 'EXECUTOR_LOAD_FAILED' });
    expect(rig.worker('only')).toMatchObject({ state: 'failed', reason: 'no such model' });
    const asFailed = expect.objectContaining({ workerId: 'only-1', state: 'failed', reason: 'no such model' });
    expect(await rig.engine.fleet.workers()).toContainEqual(asFailed);
    // Longer than a report counts as fresh.
    rig.clock.advance(60_000);
    expect(await rig.engine.fleet.workers()).toContainEqual(asFailed);
    await rig.worker('only').stop();
    expect(await rig.engine.fleet.workers()).not.toContainEqual(asFailed);
  });

  it('finishes what it holds when it drains, takes nothing new, then leaves', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: ONE_STAGE, executors: { only: executor } });
    const [first, second] = await twoInHand(executor);
    let hasDrained = false;
    const drained = rig.worker('only').drain().then(() => { hasDrained = true; });
    expect(rig.worker('only').state).toBe('draining');
    const third = await rig.submit({ x: int64(3) });
    executor.end(echo);
    await first.outcome;
    await waitUntil('the second to be computed', () => executor.calls.length === 2);
    expect(hasDrained).toBe(false);
    executor.end(echo);
    await Promise.all([second.outcome, drained]);
    expect(rig.worker('only').state).toBe('stopped');
    expect(executor.calls).toHaveLength(2);
    expect(await rig.lag('only')).toBe(1);
    await rig.addWorker('only', answering());
    expect(numbersIn(await third.outcome, 'x')).toEqual([3]);
  });

  it('leaves after the grace time, and what it held is computed by another', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: ONE_STAGE, executors: { only: executor } });
    const sent = await twoInHand(executor);
    const drained = rig.worker('only').drain(5_000);
    rig.clock.advance(5_000);
    await drained;
    await rig.addWorker('only', answering());
    const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => numbersIn(outcome, 'x'))).toEqual([[1], [2]]);
  });

  it('does not wait for later attempts when it drains', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: ONE_STAGE, executors: { only: executor } });
    const { outcome } = await rig.submit({ x: int64(1) }, { deadlineMs: 60_000 });
    await waitUntil('the first attempt', () => executor.calls.length === 1);
    executor.end(() => {
      throw new AppError('STAGE_FAILED', 'not now');
    });
    await waitUntil('the record to wait in the retry topic', async () => (await rig.lag('only')) === 0 && rig.worker('only').inHand === 1);
    await rig.worker('only').drain();
    const other = answering();
    await rig.addWorker('only', other);
    await waitUntil('the other worker to hold it', () => rig.worker('only').inHand === 1);
    expect(other.calls).toEqual([]);
    rig.clock.advance(20_000);
    expect((await outcome).timings.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('leaves no timer behind, whatever waits in it', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: ONE_STAGE });
    await rig.worker('only').stop();
    const before = rig.clock.pendingTimers;
    await rig.addWorker('only', executor);
    await rig.submit({ x: int64(1) }, { deadlineMs: 60_000, change: (envelope) => ({ ...envelope, notBeforeMs: envelope.acceptedAtMs + 30_000 }) });
    await waitUntil('the record to wait', () => rig.worker('only').inHand === 1);
    expect(rig.clock.pendingTimers).toBeGreaterThan(before);
    await rig.worker('only').stop();
    expect(rig.clock.pendingTimers).toBe(before);
  });

  it('batches what waited while its executor was busy', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: ONE_STAGE, executors: { only: executor } });
    const sent = [await rig.submit({ x: int64(0) })];
    await waitUntil('the first to be computed', () => executor.calls.length === 1);
    for (const x of [1, 2, 3, 4, 5]) sent.push(await rig.submit({ x: int64(x) }));
    await waitUntil('all to be in hand', () => rig.worker('only').inHand === 6);
    executor.answerAll(echo);
    const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => numbersIn(outcome, 'x'))).toEqual([[0], [1], [2], [3], [4], [5]]);
    expect(executor.calls.map(({ requestIds }) => requestIds.length)).toEqual([1, 4, 1]);
    expect(outcomes[2]?.timings).toMatchObject([{ stage: 'only', batchRows: 4 }]);
  });
});

describe('a join whose worker dies while it fires', () => {
  it('is fired by another when its lease lapses, once', async () => {
    const hanging = new ScriptedExecutor();
    await open({ yaml: JOINING, executors: { both: hanging } });
    const { outcome } = await rig.submit({ x: int64(4) }, { deadlineMs: 120_000 });
    await waitUntil('the join to be computed', () => hanging.calls.length === 1);
    await rig.worker('both').stop();
    const other = answering();
    await rig.addWorker('both', other);
    // The record that fired it comes back at once, but the dead worker's lease still holds.
    await waitUntil('the record to be settled', async () => (await rig.lag('both')) === 0);
    expect(other.calls).toEqual([]);
    await waitUntil('the lease to lapse', () => {
      rig.clock.advance(10_000);
      return other.calls.length > 0;
    });
    expect(numbersIn(await outcome, 'x')).toEqual([5]);
    rig.clock.advance(60_000);
    expect(other.calls).toHaveLength(1);
  });

  it('that is only slow keeps it: a lease that lapses meanwhile does not run it twice', async () => {
    const slow = new ScriptedExecutor(2);
    await open({ yaml: JOINING, executors: { both: slow } });
    const { outcome } = await rig.submit({ x: int64(4) }, { deadlineMs: 120_000 });
    await waitUntil('the join to be computed', () => slow.calls.length === 1);
    // Past two leases; each step lets the poll before it answer.
    for (let step = 0; step < 7; step += 1) {
      rig.clock.advance(10_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(slow.calls).toHaveLength(1);
    slow.end(echo);
    expect(numbersIn(await outcome, 'x')).toEqual([5]);
  });
});

function answering(): ScriptedExecutor {
  const executor = new ScriptedExecutor();
  executor.answerAll(echo);
  return executor;
}
