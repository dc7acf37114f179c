import { describe } from '@jest/globals';
import { fromTypedArray } from '#common/inference';
import { makeExecutor } from '../../apps/stage-worker/src/executors/index.ts';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, ensembleStage, fp32, KeptLog, pipelineOf } from '../support/stages.ts';
import { stageExecutorContract } from './stage-executor.contract.ts';

const stage = ensembleStage('weighted-mean', { a: 3, b: 1 }, {
  inputs: [
    { name: 'a', datatype: 'FP32', shape: [-1, 2] },
    { name: 'b', datatype: 'FP32', shape: [-1, 2] },
  ],
  outputs: [
    { name: 'probabilities', datatype: 'FP32', shape: [-1, 2] },
    { name: 'label', datatype: 'INT64', shape: [-1] },
  ],
});

const work = {
  kind: 'ensemble',
  call: callOf({ a: fp32([2, 2], [1, 0, 0.5, 0.5]), b: fp32([2, 2], [0, 1, 0, 1]) }, { requestIds: ['a', 'b'] }),
  answer: { probabilities: fp32([2, 2], [0.75, 0.25, 0.375, 0.625]), label: fromTypedArray('INT64', [2], BigInt64Array.of(0n, 1n)) },
  rows: [
    {
      call: callOf({ a: fp32([1, 2], [1, 0]), b: fp32([1, 2], [0, 1]) }),
      answer: { probabilities: fp32([1, 2], [0.75, 0.25]), label: fromTypedArray('INT64', [1], BigInt64Array.of(0n)) },
    },
    {
      call: callOf({ a: fp32([1, 2], [0.5, 0.5]), b: fp32([1, 2], [0, 1]) }),
      answer: { probabilities: fp32([1, 2], [0.375, 0.625]), label: fromTypedArray('INT64', [1], BigInt64Array.of(1n)) },
    },
  ],
};

describe('an ensemble alone', () => {
  stageExecutorContract({ ...work, make: () => makeExecutor({ pipeline: 'under-test', version: 'v', stage, log: new KeptLog() }) });
});

describe('an ensemble through the port of the pool', () => {
  const deps = { clock: new FakeClock(), log: new KeptLog(), environment: process.env };
  stageExecutorContract({ ...work, make: () => createStageExecutor(pipelineOf(stage), stage, deps) });
});
