import { describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import { callOf, ensembleStage, fp32, KeptLog } from '../../../../test/support/stages.ts';
import { makeExecutor } from '../executors/index.ts';
import { InPlacePool } from './in-place-pool.ts';

const never = new AbortController().signal;
const call = callOf({ a: fp32([1, 2], [1, 0]) });

async function pool(): Promise<InPlacePool> {
  const a = { name: 'a', datatype: 'FP32', shape: [-1, 2] } as const;
  const stage = ensembleStage('mean', {}, { inputs: [a], outputs: [{ name: 'label', datatype: 'INT64', shape: [-1] }] });
  return new InPlacePool(await makeExecutor({ pipeline: 'p', version: 'v', stage, log: new KeptLog() }), stage.name, 1);
}

describe('an executor in place', () => {
  it('is free from load to unload, and refuses calls outside of it', async () => {
    const inPlace = await pool();
    expect(inPlace.free()).toBe(0);
    await expect(inPlace.execute(call, never)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await inPlace.load();
    expect(inPlace.free()).toBe(1);
    await inPlace.execute(call, never);
    await inPlace.unload();
    await expect(inPlace.execute(call, never)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('does not run a call that is aborted, and gives the reason of the abort', async () => {
    const inPlace = await pool();
    await inPlace.load();
    const reason = new AppError('DEADLINE_EXCEEDED', 'too late');
    await expect(inPlace.execute(call, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(inPlace.execute(call, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('takes any size', async () => {
    const inPlace = await pool();
    await inPlace.load();
    await inPlace.resize(3);
    expect(inPlace.state()).toMatchObject({ size: 3, free: 3, busy: 0 });
  });
});
