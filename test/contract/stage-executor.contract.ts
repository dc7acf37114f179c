import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Tensor } from '#common/inference';
import type { ExecuteCall, ExecuteOutputs, StageExecutor } from '../../apps/stage-worker/src/executors/index.ts';

/** One executor under test, with work whose answer is known. */
export interface ExecutorCase {
  /** A new one, not loaded. */
  make(): Promise<StageExecutor>;
  readonly kind: string;
  /** A call of several rows that are independent of each other, and what it must answer, in declared order. */
  readonly call: ExecuteCall;
  readonly answer: ExecuteOutputs;
  /** The same work row by row. */
  readonly rows: readonly { readonly call: ExecuteCall; readonly answer: ExecuteOutputs }[];
}

/** What every StageExecutor promises, alone or as a pool. */
export function stageExecutorContract(subject: ExecutorCase): void {
  const never = new AbortController().signal;
  let executor: StageExecutor;

  beforeEach(async () => {
    executor = await subject.make();
    await executor.load();
  });

  afterEach(() => executor.unload());

  it('answers with the declared outputs, in declared order, exactly', async () => {
    const outputs = await executor.execute(subject.call, never);
    expect(Object.keys(outputs)).toEqual(Object.keys(subject.answer));
    expect(plain(outputs)).toEqual(plain(subject.answer));
  });

  it('executes a stacked batch as it executes each of its rows', async () => {
    for (const row of subject.rows) expect(plain(await executor.execute(row.call, never))).toEqual(plain(row.answer));
  });

  it('leaves the tensors it was given as they were', async () => {
    const before = Object.values(subject.call.inputs).map(({ bytes }) => Array.from(bytes));
    await executor.execute(subject.call, never);
    expect(Object.values(subject.call.inputs).map(({ bytes }) => Array.from(bytes))).toEqual(before);
  });

  it('does not touch an answer again when it executes the next call', async () => {
    const first = await executor.execute(subject.call, never);
    for (const row of subject.rows) await executor.execute(row.call, never);
    expect(plain(first)).toEqual(plain(subject.answer));
  });

  it('takes tensors that lie unaligned in a larger buffer, as in a decoded message', async () => {
    const inputs = Object.fromEntries(Object.entries(subject.call.inputs).map(([name, tensor]) => [name, unaligned(tensor)]));
    expect(plain(await executor.execute({ ...subject.call, inputs }, never))).toEqual(plain(subject.answer));
  });

  it('says what it is', () => {
    expect(executor.describe().kind).toBe(subject.kind);
    expect(executor.describe().summary).not.toBe('');
  });
}

/** Outputs as plain data: bytes as numbers, so that a difference is readable and views compare by content. */
export function plain(outputs: ExecuteOutputs): unknown {
  const one = ({ datatype, shape, bytes }: Tensor): unknown => ({ datatype, shape: [...shape], bytes: Array.from(bytes) });
  return Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, 'bytes' in output ? one(output) : output.map(one)]));
}

function unaligned(tensor: Tensor): Tensor {
  const larger = new Uint8Array(tensor.bytes.length + 9);
  larger.set(tensor.bytes, 3);
  return { ...tensor, bytes: larger.subarray(3, 3 + tensor.bytes.length) };
}
