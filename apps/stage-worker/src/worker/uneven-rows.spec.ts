import { afterEach, describe, expect, it } from '@jest/globals';
import { ScriptedExecutor } from '../../../../test/support/scripted-executor.ts';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

const TWO_INPUTS = `
pipeline: two-inputs
inputs: { a: { datatype: INT64, shape: [-1] }, b: { datatype: INT64, shape: [-1] } }
stages:
  both: { function: ./f.mjs#sum, inputs: { a: a, b: b }, outputs: ${X}, batch: { max: 4 } }
outputs: { x: both.x }
`;

const ONE_FIXED = `
pipeline: one-fixed
inputs: { a: { datatype: INT64, shape: [-1] }, b: { datatype: INT64, shape: [1] } }
stages:
  both: { function: ./f.mjs#sum, inputs: { a: a, b: b }, outputs: ${X}, batch: { max: 4 } }
outputs: { x: both.x }
`;

let rig: StageRig;

afterEach(async () => {
  await rig.close();
});

describe('a request whose inputs have different numbers of rows', () => {
  it('is told so before it is computed where rows are executed together, and is nobody\'s dead letter', async () => {
    const executor = new ScriptedExecutor();
    executor.answerAll((call) => ({ x: call.inputs['a'] ?? int64() }));
    rig = await StageRig.open({ yaml: TWO_INPUTS, executors: { both: executor } });
    const odd = await rig.submit({ a: int64(1, 2), b: int64(1, 2, 3) });
    expect(await odd.outcome).toMatchObject({
      kind: 'error',
      error: { code: 'TENSOR_SHAPE_MISMATCH', stage: 'both', message: 'stage "both" needs as many rows in each of its inputs, but "a" is INT64 [2], "b" is INT64 [3]. Send one row per item in each.' },
    });
    expect(executor.calls).toEqual([]);
    expect(await rig.deadLetters('both')).toEqual([]);
    expect(numbersIn(await (await rig.submit({ a: int64(1, 2), b: int64(3, 4) })).outcome, 'x')).toEqual([1, 2]);
  });

  it('is computed alone where the rows of one input are fixed', async () => {
    const executor = new ScriptedExecutor();
    executor.answerAll((call) => ({ x: call.inputs['a'] ?? int64() }));
    rig = await StageRig.open({ yaml: ONE_FIXED, executors: { both: executor } });
    const sent = await Promise.all([1, 2].map((value) => rig.submit({ a: int64(value, value), b: int64(9) })));
    expect((await Promise.all(sent.map(({ outcome }) => outcome))).map((outcome) => numbersIn(outcome, 'x'))).toEqual([[1, 1], [2, 2]]);
    expect(executor.calls.map(({ requestIds }) => requestIds.length)).toEqual([1, 1]);
  });
});
