import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import { ScriptedExecutor } from '../../../../test/support/scripted-executor.ts';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import type { ExecuteCall, ExecuteOutputs } from '../executors/index.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

const THREE_MEMBERS = `
pipeline: three-members
inputs: ${X}
stages:
  one: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  two: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  three: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  all: { function: ./f.mjs#sum, inputs: { a: one.x, b: two.x, c: three.x }, outputs: ${X} }
outputs: { x: all.x }
`;

let rig: StageRig;

afterEach(async () => {
  await rig.close();
});

const echo = (call: ExecuteCall): ExecuteOutputs => ({ x: call.inputs['x'] ?? int64() });

describe('a join of which one member fails', () => {
  it('ends the request at once with the error of that stage, and drops the others before they compute', async () => {
    const [one, two, three, all] = [new ScriptedExecutor(), new ScriptedExecutor(), new ScriptedExecutor(), new ScriptedExecutor()];
    rig = await StageRig.open({ yaml: THREE_MEMBERS, executors: { one, two, three, all } });
    // `three` is busy with another request, so that its part of the second one waits.
    const first = await rig.submit({ x: int64(1) });
    await waitUntil('the first to be everywhere', () => [one, two, three].every(({ calls }) => calls.length === 1));
    one.end(echo);
    two.end(echo);
    const second = await rig.submit({ x: int64(2) });
    await waitUntil('the second to be computed', () => one.calls.length === 2 && two.calls.length === 2);
    one.end(echo);
    two.end(() => {
      throw new AppError('BAD_OUTPUT', 'nonsense');
    });
    expect(await second.outcome).toMatchObject({ kind: 'error', error: { code: 'BAD_OUTPUT', stage: 'two', message: 'stage "two": nonsense' } });
    three.answerAll(echo);
    all.answerAll((call) => ({ x: call.inputs['a'] ?? int64() }));
    expect(numbersIn(await first.outcome, 'x')).toEqual([1]);
    await waitUntil('the part that waited to be dropped', () => rig.worker('three').counters.droppedTotal === 1);
    expect(three.calls).toHaveLength(1);
    expect(all.calls).toHaveLength(1);
    await waitUntil('everything to be settled', async () => (await Promise.all(['one', 'two', 'three', 'all'].map((stage) => rig.lag(stage)))).every((lag) => lag === 0));
  });
});
