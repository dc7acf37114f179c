import { describe } from '@jest/globals';
import type { StageExecutor } from '../../apps/stage-worker/src/executors/index.ts';
import { createHostedExecutor, createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, fp32, KeptLog, onnxStage, pipelineOf, X } from '../support/stages.ts';
import { stageExecutorContract } from './stage-executor.contract.ts';

// Declared the other way round than the model has them.
const stage = onnxStage('double-and-negate', {
  inputs: [X],
  outputs: [
    { name: 'negated', datatype: 'FP32', shape: [-1, 3] },
    { name: 'double', datatype: 'FP32', shape: [-1, 3] },
  ],
});

const work = {
  kind: 'onnx',
  call: callOf({ x: fp32([2, 3], [1, 2, 3, 4, 5, 6]) }, { requestIds: ['a', 'b'] }),
  answer: { negated: fp32([2, 3], [-1, -2, -3, -4, -5, -6]), double: fp32([2, 3], [2, 4, 6, 8, 10, 12]) },
  rows: [
    { call: callOf({ x: fp32([1, 3], [1, 2, 3]) }), answer: { negated: fp32([1, 3], [-1, -2, -3]), double: fp32([1, 3], [2, 4, 6]) } },
    { call: callOf({ x: fp32([1, 3], [0.5, -7, 1e30]) }), answer: { negated: fp32([1, 3], [-0.5, 7, -1e30]), double: fp32([1, 3], [1, -14, 2e30]) } },
  ],
};

const deps = { clock: new FakeClock(), log: new KeptLog(), environment: process.env };

// ONNX Runtime does not work in the realm that Jest runs tests in, so "alone" is a bare thread.
describe('an ONNX model alone', () => {
  const make = (): Promise<StageExecutor> => Promise.resolve(createHostedExecutor(pipelineOf(stage), stage, { ...deps, onDeath: () => undefined }));
  stageExecutorContract({ ...work, make });
});

describe('an ONNX model in a thread of the pool', () => {
  stageExecutorContract({ ...work, make: () => createStageExecutor(pipelineOf(stage), stage, deps) });
});
