import { describe, expect, it } from '@jest/globals';
import type { Parameters } from '#common/inference';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, fp32, functionStage, KeptLog, pipelineOf } from '../support/stages.ts';
import { waitUntil } from '../support/wait-until.ts';
import { pooledExecutorContract } from './pooled-executor.contract.ts';

describe('a pool of threads', () => pooledExecutorContract('thread'));

describe('threads of a pool', () => {
  it('leaves no thread behind when it is unloaded', async () => {
    const stage = functionStage('count');
    const pool = await createStageExecutor(pipelineOf(stage), stage, { clock: new FakeClock(), log: new KeptLog(), environment: process.env });
    await pool.load();
    const counter = new Int32Array(new SharedArrayBuffer(4));
    // No client can send shared memory; a thread can.
    const parameters = { counter } as unknown as Parameters;
    await pool.execute(callOf({ x: fp32([1, 3], [1, 2, 3]) }, { parameters }), new AbortController().signal);
    await waitUntil('the thread counts', () => Atomics.load(counter, 0) > 5);
    await pool.unload();
    const counted = Atomics.load(counter, 0);
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(Atomics.load(counter, 0)).toBe(counted);
  });
});
