import { describe, expect, it } from '@jest/globals';
import { bytesElements } from '#common/inference';
import type { CompiledStage } from '#common/pipeline';
import { plain } from '../../../../../test/contract/stage-executor.contract.ts';
import { callOf, fixture, fp32, functionStage, KeptLog, numbersOf, tensorOf } from '../../../../../test/support/stages.ts';
import { FunctionExecutor } from './function.executor.ts';

async function loaded(stage: CompiledStage): Promise<FunctionExecutor> {
  if (stage.executor.kind !== 'function') throw new Error('expected a function');
  const executor = new FunctionExecutor(stage.executor, { pipeline: 'under-test', version: 'v', stage, log: new KeptLog() });
  await executor.load();
  return executor;
}

const x = fp32([2, 3], [1, 2, 3, 4, 5, 6]);

describe('the function executor', () => {
  it('gives the function typed arrays and everything about the call', async () => {
    const executor = await loaded(functionStage('describe', { outputs: [{ name: 'text', datatype: 'BYTES', shape: [1] }] }));
    const call = callOf({ x }, { parameters: { language: 'de' }, requestIds: ['a', 'b'], remainingMs: 42 });
    const [text] = bytesElements(tensorOf(await executor.execute(call), 'text'));
    expect(JSON.parse(new TextDecoder().decode(text))).toEqual({
      array: 'Float32Array',
      parameters: { language: 'de' },
      requestIds: ['a', 'b'],
      remainingMs: 42,
      stage: 'tested',
      pipeline: 'under-test',
    });
  });

  it('answers a list output as a list', async () => {
    const executor = await loaded(functionStage('rows', { outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 3], list: true }] }));
    expect(plain(await executor.execute(callOf({ x })))).toEqual(plain({ y: [fp32([1, 3], [1, 2, 3]), fp32([1, 3], [4, 5, 6])] }));
    expect(await executor.execute(callOf({ x: fp32([0, 3], []) }))).toEqual({ y: [] });
  });

  it.each([
    ['nothing', 'must return an object with "y", but returned undefined.'],
    ['text', 'must return an object with "y", but returned String.'],
    ['missing', 'returned no "y" (expected FP32 [-1, 3]). It returned "z".'],
    ['unknown', 'returned "z", which is not declared. Its outputs are "y".'],
    ['datatype', 'output "y": expected FP32 [-1, 3], got FP64 [2, 3].'],
    ['shape', 'output "y": expected FP32 [-1, 3], got FP32 [6].'],
    ['length', 'output "y": shape [2, 3] needs 6 elements, but data has 5.'],
    ['array', 'output "y": expected FP32 data as Float32Array, got Array; use Float32Array.from(...).'],
    ['list', 'output "y": expected FP32 [-1, 3], got Array.'],
    ['dims', 'output "y": expected a shape of whole numbers like [-1, 3], got [1.5, 2].'],
    ['bare', 'output "y": expected FP32 [-1, 3], got Float32Array.'],
  ])('refuses a bad answer (%s) with BAD_OUTPUT and says what was returned', async (bad, says) => {
    const executor = await loaded(functionStage('bad'));
    await expect(executor.execute(callOf({ x }, { parameters: { bad } }))).rejects.toMatchObject({ code: 'BAD_OUTPUT', message: expect.stringContaining(says) });
  });

  it.each([
    ['absent', /^\.\/functions\/stages\.mjs has no export "absent"\. It exports .*double, /],
    ['number', /exports "number" as Number without a `run` function\./],
    ['fails', /^Function "fails" of \.\/functions\/stages\.mjs could not be loaded: Error: no licence file/],
  ])('does not load the export %s', async (exportName, says) => {
    await expect(loaded(functionStage(exportName))).rejects.toMatchObject({ code: 'EXECUTOR_LOAD_FAILED', message: expect.stringMatching(says) });
  });

  it('refuses a module that has changed since its pipeline was loaded', async () => {
    const file = { ...fixture('functions/stages.mjs'), sha256: 'f'.repeat(64) };
    const stage = functionStage('echo');
    const executor = { kind: 'function', function: { file, exportName: 'echo' }, isolation: 'thread' } as const;
    await expect(loaded({ ...stage, executor })).rejects.toMatchObject({
      code: 'EXECUTOR_LOAD_FAILED',
      message: expect.stringContaining('"./functions/stages.mjs" has changed since its pipeline was loaded: expected SHA-256 ffffffffffffffff, found '),
    });
  });

  it('says so when `reject` is called without a code', async () => {
    const executor = await loaded(functionStage('rejectWithoutCode'));
    await expect(executor.execute(callOf({ x }))).rejects.toMatchObject({ code: 'STAGE_FAILED', message: expect.stringContaining('context.reject needs a code') });
  });

  it('keeps the state that `load` made', async () => {
    const executor = await loaded(functionStage('double'));
    expect(numbersOf(await executor.execute(callOf({ x })), 'y')).toEqual([2, 4, 6, 8, 10, 12]);
  });
});
