import { describe } from '@jest/globals';
import type { CompiledStage } from '#common/pipeline';
import { makeExecutor } from '../../apps/stage-worker/src/executors/index.ts';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, fp32, functionStage, KeptLog, pipelineOf } from '../support/stages.ts';
import { stageExecutorContract } from './stage-executor.contract.ts';

const work = {
  kind: 'function',
  call: callOf({ x: fp32([2, 3], [1, 2, 3, 4, 5, NaN]) }, { requestIds: ['a', 'b'] }),
  answer: { y: fp32([2, 3], [2, 4, 6, 8, 10, NaN]) },
  rows: [
    { call: callOf({ x: fp32([1, 3], [1, 2, 3]) }), answer: { y: fp32([1, 3], [2, 4, 6]) } },
    { call: callOf({ x: fp32([1, 3], [4, 5, NaN]) }), answer: { y: fp32([1, 3], [8, 10, NaN]) } },
    { call: callOf({ x: fp32([0, 3], []) }), answer: { y: fp32([0, 3], []) } },
  ],
};

function pooled(stage: CompiledStage): ReturnType<typeof createStageExecutor> {
  return createStageExecutor(pipelineOf(stage), stage, { clock: new FakeClock(), log: new KeptLog(), environment: process.env });
}

describe('a function alone', () => {
  const stage = functionStage('double');
  stageExecutorContract({ ...work, make: () => makeExecutor({ pipeline: 'under-test', version: 'v', stage, log: new KeptLog() }) });
});

describe('a function in a thread of the pool', () => {
  stageExecutorContract({ ...work, make: () => pooled(functionStage('double')) });
});

describe('a function in a process of the pool', () => {
  stageExecutorContract({ ...work, make: () => pooled(functionStage('double', { isolation: 'process' })) });
});
