import { describe, expect, it } from '@jest/globals';
import { isAppError } from '#common/errors';
import { checkOutputs } from './declared-outputs.ts';

const declared = [
  { name: 'y', datatype: 'FP32', shape: [-1, 3] },
  { name: 'tags', datatype: 'BYTES', shape: [-1], list: true },
] as const;
const y = { datatype: 'FP32', shape: [1, 3], data: Float32Array.of(1, NaN, 3) };
const tags = [{ datatype: 'BYTES', shape: [2], data: ['a', Uint8Array.of(98)] }];

function refusal(returned: unknown): string {
  try {
    checkOutputs('Function "f" of ./f.mjs', declared, returned);
  } catch (error) {
    if (isAppError(error) && error.code === 'BAD_OUTPUT') return error.message;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('checkOutputs', () => {
  it('lets through what is declared, in declared order, NaN included', () => {
    const checked = checkOutputs('f', declared, { tags, y });
    expect(Object.keys(checked)).toEqual(['y', 'tags']);
    expect(checked).toEqual({ y, tags });
  });

  it('lets through an empty list', () => {
    expect(checkOutputs('f', declared, { y, tags: [] })).toEqual({ y, tags: [] });
  });

  it.each([
    [undefined, 'must return an object with "y", "tags", but returned undefined.'],
    ['text', 'but returned String.'],
    [[y], 'but returned Array.'],
    [new Map(), 'but returned Map.'],
    [{}, 'returned no "y" (expected FP32 [-1, 3]). It returned nothing.'],
    [{ Y: y, tags }, 'returned no "y" (expected FP32 [-1, 3]). It returned "Y", "tags".'],
    [{ y, tags, z: y }, 'returned "z", which is not declared. Its outputs are "y", "tags".'],
    [{ y: [y], tags }, 'output "y": expected FP32 [-1, 3], got Array. Only an output declared with `list: true` may be an array.'],
    [{ y: y.data, tags }, 'output "y": expected FP32 [-1, 3], got Float32Array. A tensor is { datatype, shape, data }.'],
    [{ y, tags: tags[0] }, 'output "tags": expected an array of BYTES [-1] tensors (it is declared as a list), got Object.'],
    [{ y, tags: [tags[0], 3] }, 'output "tags"[1]: expected BYTES [-1], got Number.'],
    [{ y: { ...y, datatype: 'float32' }, tags }, 'output "y": expected datatype FP32, got "float32".'],
    [{ y: { shape: [1, 3], data: y.data }, tags }, 'output "y": expected datatype FP32, got undefined.'],
    [{ y: { ...y, datatype: 'FP64', data: Float64Array.of(1, 2, 3) }, tags }, 'output "y": expected FP32 [-1, 3], got FP64 [1, 3].'],
    [{ y: { ...y, shape: [3] }, tags }, 'output "y": expected FP32 [-1, 3], got FP32 [3].'],
    [{ y: { ...y, shape: [1.5, 2] }, tags }, 'output "y": expected a shape of whole numbers like [-1, 3], got [1.5, 2].'],
    [{ y: { ...y, shape: [-1, 3] }, tags }, 'expected a shape of whole numbers like [-1, 3], got [-1, 3].'],
    [{ y: { ...y, data: [1, 2, 3] }, tags }, 'output "y": expected FP32 data as Float32Array, got Array; use Float32Array.from(...).'],
    [{ y: { ...y, data: Float64Array.of(1, 2, 3) }, tags }, 'output "y": expected FP32 data as Float32Array, got Float64Array.'],
    [{ y: { ...y, data: Float32Array.of(1, 2) }, tags }, 'output "y": shape [1, 3] needs 3 elements, but data has 2.'],
    [{ y, tags: [{ datatype: 'BYTES', shape: [1], data: [7] }] }, 'output "tags"[0]: expected BYTES data as array of Uint8Array or string, got Array.'],
  ])('refuses %j and says what came instead', (returned, says) => {
    expect(refusal(returned)).toContain(says);
    expect(refusal(returned)).toMatch(/^Function "f" of \.\/f\.mjs/);
  });

  it.each([
    ['BOOL', Uint8Array.of(1)],
    ['UINT8', Uint8Array.of(1)],
    ['UINT8', Uint8ClampedArray.of(1)],
    ['UINT16', Uint16Array.of(1)],
    ['UINT32', Uint32Array.of(1)],
    ['UINT64', BigUint64Array.of(1n)],
    ['INT8', Int8Array.of(1)],
    ['INT16', Int16Array.of(1)],
    ['INT32', Int32Array.of(1)],
    ['INT64', BigInt64Array.of(1n)],
    ['FP16', Float16Array.of(1)],
    ['BF16', Uint16Array.of(1)],
    ['FP32', Float32Array.of(1)],
    ['FP64', Float64Array.of(1)],
    ['BYTES', [Buffer.from('a')]],
  ] as const)('takes %s in its array', (datatype, data) => {
    const value = { datatype, shape: [1], data };
    expect(checkOutputs('f', [{ name: 'v', datatype, shape: [1] }], { v: value })).toEqual({ v: value });
  });
});
