// Run by a test as a process of its own: opens a pool with one process, prints that process's id, and stays until it is killed.
import { toTypedArray } from '#common/inference';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from './fake-clock.ts';
import { callOf, fp32, functionStage, KeptLog, pipelineOf, tensorOf } from './stages.ts';

const stage = functionStage('whoami', { isolation: 'process', outputs: [{ name: 'y', datatype: 'INT32', shape: [1, 2] }] });
const pool = await createStageExecutor(pipelineOf(stage), stage, { clock: new FakeClock(), log: new KeptLog(), environment: process.env });
await pool.load();
const outputs = await pool.execute(callOf({ x: fp32([1, 3], [1, 2, 3]) }), new AbortController().signal);
console.log(toTypedArray(tensorOf(outputs, 'y'))[0]);
