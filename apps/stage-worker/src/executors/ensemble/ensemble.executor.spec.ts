import { describe, expect, it } from '@jest/globals';
import { fromTypedArray } from '#common/inference';
import type { NamedTensors } from '#common/inference';
import { callOf, ensembleStage, fp32, KeptLog, numbersOf, tensorOf } from '../../../../../test/support/stages.ts';
import { EnsembleExecutor } from './ensemble.executor.ts';

const inputs = [
  { name: 'a', datatype: 'FP32', shape: [-1, 2] },
  { name: 'b', datatype: 'FP32', shape: [-1, 2] },
] as const;

function executor(method: 'mean' | 'weighted-mean' | 'vote' | 'max', datatype: 'FP32' | 'FP64' = 'FP32'): EnsembleExecutor {
  const stage = ensembleStage(method, { a: 1, b: 1 }, {
    inputs,
    outputs: [
      { name: 'label', datatype: 'INT64', shape: [-1] },
      { name: 'probabilities', datatype, shape: [-1, 2] },
    ],
  });
  if (stage.executor.kind !== 'ensemble') throw new Error('expected an ensemble');
  return new EnsembleExecutor(stage.executor, { pipeline: 'p', version: 'v', stage, log: new KeptLog() });
}

async function run(tensors: NamedTensors, ...how: Parameters<typeof executor>): ReturnType<EnsembleExecutor['execute']> {
  return executor(...how).execute(callOf(tensors));
}

describe('the ensemble executor', () => {
  it('answers in the declared datatype, whatever the members have', async () => {
    const tensors = { a: fp32([1, 2], [1, 0]), b: fromTypedArray('FP64', [1, 2], Float64Array.of(0, 1)) };
    const outputs = await run(tensors, 'mean', 'FP64');
    expect(tensorOf(outputs, 'probabilities').datatype).toBe('FP64');
    expect(numbersOf(outputs, 'probabilities')).toEqual([0.5, 0.5]);
    expect(numbersOf(outputs, 'label')).toEqual([0n]);
  });

  it('takes the classes from the last axis of more than two', async () => {
    const stage = ensembleStage('max', {}, {
      inputs: [{ name: 'a', datatype: 'FP32', shape: [-1, 2, 2] }],
      outputs: [{ name: 'label', datatype: 'INT64', shape: [-1, 2] }],
    });
    if (stage.executor.kind !== 'ensemble') throw new Error('expected an ensemble');
    const made = new EnsembleExecutor(stage.executor, { pipeline: 'p', version: 'v', stage, log: new KeptLog() });
    const outputs = await made.execute(callOf({ a: fp32([1, 2, 2], [1, 0, 0, 1]) }));
    expect(Object.keys(outputs)).toEqual(['label']);
    expect(tensorOf(outputs, 'label').shape).toEqual([1, 2]);
    expect(numbersOf(outputs, 'label')).toEqual([0n, 1n]);
  });

  it.each([
    { fault: 'rows differ', tensors: { a: fp32([1, 2], [1, 0]), b: fp32([2, 2], [1, 0, 1, 0]) }, says: 'members of one shape, but "a" is FP32 [1, 2] and "b" is FP32 [2, 2]' },
    { fault: 'a member is missing', tensors: { a: fp32([1, 2], [1, 0]) }, says: 'was given no "b"' },
    { fault: 'a member has no numbers to combine', tensors: { a: fp32([1, 1], [1]), b: fromTypedArray('INT32', [1, 1], Int32Array.of(1)) }, says: '"b" is INT32 [1, 1]' },
    { fault: 'there are no classes', tensors: { a: fp32([1, 0], []), b: fp32([1, 0], []) }, says: 'needs classes on the last axis, but "a" is FP32 [1, 0]' },
  ])('fails, not to be retried, when $fault', async ({ tensors, says }) => {
    await expect(run(tensors, 'mean')).rejects.toMatchObject({ code: 'STAGE_FAILED', retryable: false, stage: 'tested', message: expect.stringContaining(says) });
  });
});
