import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import { ScriptedExecutor } from '../../../../test/support/scripted-executor.ts';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import type { ExecuteCall, ExecuteOutputs } from '../executors/index.ts';

const ONE_STAGE = `
pipeline: one-stage
inputs: { x: { datatype: INT64, shape: [-1] } }
stages:
  only: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: { x: { datatype: INT64, shape: [-1] } }, retry: { attempts: 2, backoff: 30s } }
outputs: { x: only.x }
`;
/** More than the worker's window, which is 34. */
const FAILING = 60;

let rig: StageRig;

afterEach(async () => {
  await rig.close();
});

/** Fails for the number -1. */
function failMinusOne(call: ExecuteCall): ExecuteOutputs {
  const x = call.inputs['x'] ?? int64();
  if (new BigInt64Array(x.bytes.slice().buffer)[0] === -1n) throw new AppError('STAGE_FAILED', 'not now');
  return { x };
}

describe('requests that wait for their next attempt', () => {
  it('do not hold up the stage, however many they are', async () => {
    const executor = new ScriptedExecutor();
    executor.answerAll(failMinusOne);
    rig = await StageRig.open({ yaml: ONE_STAGE, executors: { only: executor } });
    const failing = await Promise.all(Array.from({ length: FAILING }, () => rig.submit({ x: int64(-1) }, { deadlineMs: 120_000 })));
    await waitUntil('all to have failed once', () => rig.worker('only').counters.retriedTotal === FAILING);
    const good = await rig.submit({ x: int64(7) }, { deadlineMs: 1_000 });
    expect(numbersIn(await good.outcome, 'x')).toEqual([7]);
    executor.answerAll((call) => ({ x: call.inputs['x'] ?? int64() }));
    rig.clock.advance(30_000);
    const outcomes = await Promise.all(failing.map(({ outcome }) => outcome));
    expect(outcomes.map(({ kind }) => kind)).toEqual(failing.map(() => 'result'));
  });
});
