import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { callOf, fp32, functionStage, KeptLog, numbersOf, pipelineOf } from '../support/stages.ts';
import { waitUntil } from '../support/wait-until.ts';
import { pooledExecutorContract } from './pooled-executor.contract.ts';

describe('a pool of processes', () => pooledExecutorContract('process'));

describe('processes of a pool', () => {
  const deps = { clock: new FakeClock(), log: new KeptLog(), environment: process.env };
  const call = callOf({ x: fp32([1, 3], [1, 2, 3]) });
  const never = new AbortController().signal;

  it('survives a fault in native code, which ends only the process it happens in', async () => {
    const stage = functionStage('act', { isolation: 'process' });
    const pool = await createStageExecutor(pipelineOf(stage), stage, deps);
    await pool.load();
    await expect(pool.execute({ ...call, parameters: { do: 'abort' } }, never)).rejects.toMatchObject({
      code: 'EXECUTOR_CRASHED',
      message: 'The process of stage "tested" was ended by SIGABRT while it ran a call.',
    });
    expect(numbersOf(await pool.execute(call, never), 'y')).toEqual([2, 4, 6]);
    await pool.unload();
  });

  it('runs outside this process, and is gone after unload', async () => {
    const stage = functionStage('whoami', { isolation: 'process', outputs: [{ name: 'y', datatype: 'INT32', shape: [1, 2] }] });
    const pool = await createStageExecutor(pipelineOf(stage), stage, deps);
    await pool.load();
    const [pid] = numbersOf(await pool.execute(call, never), 'y');
    expect(pid).not.toBe(process.pid);
    expect(isAlive(Number(pid))).toBe(true);
    await pool.unload();
    await waitUntil(`the end of process ${String(pid)}`, () => !isAlive(Number(pid)));
  });

  it('end by themselves when the process that owns the pool is killed', async () => {
    const script = fileURLToPath(new URL('../support/pool-owner.ts', import.meta.url));
    const owner = spawn(process.execPath, ['--conditions=source', script], { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    owner.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    const pid = Number(await waitUntil('the id of the process', () => /^(\d+)\n/.exec(printed)?.[1]));
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    await waitUntil(`the end of process ${pid}`, () => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
