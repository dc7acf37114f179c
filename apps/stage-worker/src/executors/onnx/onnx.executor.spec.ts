import { afterEach, describe, expect, it } from '@jest/globals';
import { bytesElements, bytesTensor, fromTypedArray } from '#common/inference';
import type { NamedTensors, Tensor, TensorSpec } from '#common/inference';
import type { CompiledStage } from '#common/pipeline';
import { FakeClock } from '../../../../../test/support/fake-clock.ts';
import { callOf, fixture, fp32, functionRef, KeptLog, numbersOf, onnxStage, pipelineOf, stageOf, tensorOf, X, Y } from '../../../../../test/support/stages.ts';
import { createHostedExecutor } from '../../pool/index.ts';
import type { ExecuteOutputs, StageExecutor } from '../index.ts';

// Each executor runs in a bare thread: ONNX Runtime does not work in the realm that Jest runs tests in.
const never = new AbortController().signal;
const log = new KeptLog();
let executor: StageExecutor | undefined;

async function loaded(stage: CompiledStage): Promise<StageExecutor> {
  const deps = { clock: new FakeClock(), log, environment: process.env, onDeath: () => undefined };
  executor = createHostedExecutor(pipelineOf(stage), stage, deps);
  await executor.load();
  return executor;
}

async function run(stage: CompiledStage, inputs: NamedTensors): Promise<ExecuteOutputs> {
  return (await loaded(stage)).execute(callOf(inputs), never);
}

function identity(model: string, datatype: TensorSpec['datatype']): CompiledStage {
  return onnxStage(model, { inputs: [{ name: 'x', datatype, shape: [-1, 3] }], outputs: [{ name: 'y', datatype, shape: [-1, 3] }] });
}

afterEach(() => executor?.unload());

describe('the ONNX executor', () => {
  it.each<[string, string, Tensor]>([
    // Every bit matters: 1, the smallest subnormal, a NaN.
    ['FP16', 'identity-fp16', { datatype: 'FP16', shape: [1, 3], bytes: new Uint8Array(Uint16Array.of(0x3c00, 0x0001, 0x7e01).buffer) }],
    ['INT64', 'identity-int64', fromTypedArray('INT64', [1, 3], BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n, 2n ** 63n - 1n))],
    ['BOOL', 'identity-bool', { datatype: 'BOOL', shape: [1, 3], bytes: Uint8Array.of(1, 0, 1) }],
  ])('carries %s through a model exactly', async (datatype, model, x) => {
    const outputs = await run(identity(model, x.datatype), { x });
    expect(tensorOf(outputs, 'y').datatype).toBe(datatype);
    expect([...tensorOf(outputs, 'y').bytes]).toEqual([...x.bytes]);
  });

  it('carries text through a model as BYTES, and refuses bytes that are no text', async () => {
    const stage = identity('identity-string', 'BYTES');
    const text = ['', 'naïve 水車', 'b'];
    const outputs = await run(stage, { x: bytesTensor([1, 3], text) });
    expect(bytesElements(tensorOf(outputs, 'y')).map((element) => new TextDecoder().decode(element))).toEqual(text);
    await expect(executor?.execute(callOf({ x: bytesTensor([1, 3], ['a', Uint8Array.of(0xff), 'c']) }), never)).rejects.toMatchObject({
      code: 'INPUT_REJECTED',
      reason: 'NOT_UTF8',
      message: 'Input "x", element 1: the model takes text, and these bytes are not UTF-8.',
    });
    await expect(executor?.execute(callOf({ x: bytesTensor([1, 3], ['a', 'b', 'c\0d']) }), never)).rejects.toMatchObject({ code: 'INPUT_REJECTED', reason: 'NUL_IN_TEXT' });
  });

  it('runs `before` and `after` around the model, and shows `after` what the stage was given', async () => {
    const stage = onnxStage('double-and-negate', {
      inputs: [X],
      outputs: [Y],
      modelInputs: [X],
      modelOutputs: [{ ...Y, name: 'double' }, { ...Y, name: 'negated' }],
      before: functionRef('raise'),
      after: functionRef('excess'),
    });
    // 2 (x + 1) - x
    expect(numbersOf(await run(stage, { x: fp32([1, 3], [0, 1, 2]) }), 'y')).toEqual([2, 3, 4]);
  });

  it('gives the model only its own inputs, and `after` all of them', async () => {
    const base = { ...X, name: 'base' };
    const stage = onnxStage('double-and-negate', { inputs: [X, base], outputs: [Y], modelInputs: [X], modelOutputs: [{ ...Y, name: 'double' }], after: functionRef('aboveBase') });
    expect(numbersOf(await run(stage, { x: fp32([1, 3], [1, 2, 3]), base: fp32([1, 3], [1, 1, 1]) }), 'y')).toEqual([1, 3, 5]);
  });

  it('names the function when `before` returns what the model does not take', async () => {
    const stage = onnxStage('double-and-negate', { inputs: [X], outputs: [{ ...Y, name: 'double' }], modelInputs: [X], before: functionRef('rows') });
    await expect(run(stage, { x: fp32([1, 3], [0, 1, 2]) })).rejects.toMatchObject({
      code: 'BAD_OUTPUT',
      message: 'Function "rows" of ./functions/stages.mjs returned no "x" (expected FP32 [-1, 3]). It returned "y".',
    });
  });

  it('refuses what a model answers in another shape than declared', async () => {
    const stage = onnxStage('double-and-negate', { inputs: [X], outputs: [{ name: 'double', datatype: 'FP32', shape: [-1, 4] }], modelOutputs: [{ ...Y, name: 'double' }] });
    await expect(run(stage, { x: fp32([2, 3], [1, 2, 3, 4, 5, 6]) })).rejects.toMatchObject({
      code: 'BAD_OUTPUT',
      message: 'Model ./models/double-and-negate.onnx, output "double": expected FP32 [-1, 4], got FP32 [2, 3].',
    });
  });

  it('turns a failure inside the model into STAGE_FAILED and goes on', async () => {
    const wide = { name: 'x', datatype: 'FP32', shape: [-1, -1] } as const;
    const stage = onnxStage('four-wide', { inputs: [wide], outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 4] }], warmup: { x: [2, 4] } });
    await expect(run(stage, { x: fp32([1, 3], [1, 2, 3]) })).rejects.toMatchObject({ code: 'STAGE_FAILED', stage: 'tested' });
    expect(numbersOf((await executor?.execute(callOf({ x: fp32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) }), never)) ?? {}, 'y')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('does not load when the shapes it is to warm up with do not fit, but does when it had to guess them', async () => {
    const wide = { name: 'x', datatype: 'FP32', shape: [-1, -1] } as const;
    const stage = (warmup?: Readonly<Record<string, readonly number[]>>): CompiledStage =>
      onnxStage('four-wide', { inputs: [wide], outputs: [{ name: 'y', datatype: 'FP32', shape: [2, 4] }], ...(warmup === undefined ? {} : { warmup }) });
    await expect(loaded(stage({ x: [1, 3] }))).rejects.toMatchObject({
      code: 'EXECUTOR_LOAD_FAILED',
      message: expect.stringMatching(/^Model \.\/models\/four-wide\.onnx failed on the zeros of its `warmup` shapes: /),
    });
    await loaded(stage());
    expect(log.entries.at(-1)).toMatchObject({ level: 'debug', message: expect.stringContaining('not warmed up') });
  });

  it('refuses a model that has changed since its pipeline was loaded', async () => {
    const stage = identity('identity-int64', 'INT64');
    const model = { ...fixture('models/identity-int64.onnx'), sha256: '0'.repeat(64) };
    if (stage.executor.kind !== 'onnx') throw new Error('expected a model');
    await expect(loaded({ ...stage, executor: { ...stage.executor, model } })).rejects.toMatchObject({
      code: 'EXECUTOR_LOAD_FAILED',
      message: expect.stringContaining('"./models/identity-int64.onnx" has changed since its pipeline was loaded: expected SHA-256 0000000000000000, found '),
    });
  });

  it('refuses a file that is no model, a file that is gone and a datatype Node cannot hold', async () => {
    const spec = { kind: 'onnx', intraOp: 1, modelInputs: [X], modelOutputs: [Y] } as const;
    const withModel = (model: typeof spec & { model: ReturnType<typeof fixture> }): CompiledStage => stageOf(model, { inputs: [X], outputs: [Y] });
    const text = fixture('functions/stages.mjs');
    await expect(loaded(withModel({ ...spec, model: text }))).rejects.toMatchObject({ code: 'EXECUTOR_LOAD_FAILED', message: expect.stringContaining('is not a model that ONNX Runtime can load: ') });
    await expect(loaded(withModel({ ...spec, model: { ...text, location: '/nowhere.onnx' } }))).rejects.toMatchObject({ code: 'EXECUTOR_LOAD_FAILED', message: expect.stringContaining('Cannot read "./functions/stages.mjs" at /nowhere.onnx: ENOENT') });
    const bf16 = identity('identity-fp16', 'BF16');
    await expect(loaded(bf16)).rejects.toMatchObject({ code: 'EXECUTOR_LOAD_FAILED', message: expect.stringContaining('has the tensor "x" of BF16') });
  });

  it('leaves the event loop of this thread free while a model runs', async () => {
    const square = { name: 'x', datatype: 'FP32', shape: [-1, -1] } as const;
    const stage = onnxStage('matrix-power', { inputs: [square], outputs: [{ ...square, name: 'y' }] });
    const made = await loaded(stage);
    const size = 512;
    let running = true;
    const answer = made.execute(callOf({ x: fp32([size, size], new Array<number>(size * size).fill(0)) }), never).finally(() => {
      running = false;
    });
    // A model on this thread would answer within one or two turns of the loop, however long they took.
    let turns = 0;
    for (; running && turns < 20; turns += 1) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(turns).toBe(20);
    await answer;
  });
});
