import { describe, expect, it } from '@jest/globals';
import { thrownBy } from '../../../../test/support/thrown.ts';
import { checkTensorBytes, checkTensors, describeMismatch } from './check.ts';
import type { Tensor, TensorSpec } from './tensor.ts';

const owner = 'pipeline "digits"';
const pixels: TensorSpec = { name: 'pixels', datatype: 'FP32', shape: [-1, 64] };

function zeros(datatype: Exclude<Tensor['datatype'], 'BYTES'>, shape: readonly number[]): Tensor {
  return { datatype, shape, bytes: new Uint8Array(0) };
}

describe('inputs against their declaration', () => {
  it('pass when every one is there and fits', () => {
    expect(() => checkTensors(owner, [pixels], { pixels: zeros('FP32', [3, 64]) })).not.toThrow();
  });

  it.each([
    ['TENSOR_SHAPE_MISMATCH', [pixels], { pixels: zeros('FP32', [3, 63]) }, 'pipeline "digits", input "pixels": expected FP32 [-1, 64], got FP32 [3, 63]. Send 64 values per row.'],
    ['TENSOR_SHAPE_MISMATCH', [pixels], { pixels: zeros('FP32', [64]) }, 'pipeline "digits", input "pixels": expected FP32 [-1, 64], got FP32 [64]. Send 2 dimensions.'],
    ['TENSOR_SHAPE_MISMATCH', [{ ...pixels, shape: [1, -1, 3] }], { pixels: zeros('FP32', [1, 8, 4]) }, 'pipeline "digits", input "pixels": expected FP32 [1, -1, 3], got FP32 [1, 8, 4]. Dimension 2 must be 3.'],
    ['TENSOR_SHAPE_MISMATCH', [{ ...pixels, shape: [-1, -1, 3] }], { pixels: zeros('FP32', [1, 8, 4]) }, 'pipeline "digits", input "pixels": expected FP32 [-1, -1, 3], got FP32 [1, 8, 4]. Dimension 2 must be 3.'],
    ['TENSOR_DATATYPE_MISMATCH', [pixels], { pixels: zeros('FP64', [3, 64]) }, 'pipeline "digits", input "pixels": expected FP32 [-1, 64], got FP64 [3, 64]. Send FP32.'],
    ['TENSOR_MISSING', [pixels], {}, 'pipeline "digits", input "pixels": expected FP32 [-1, 64], but it was not sent.'],
    ['TENSOR_UNKNOWN', [pixels], { pixles: zeros('FP32', [3, 64]) }, 'pipeline "digits" has no input "pixles". Did you mean "pixels"?'],
    ['TENSOR_UNKNOWN', [pixels], { pixels: zeros('FP32', [3, 64]), mask: zeros('BOOL', [1]) }, 'pipeline "digits" has no input "mask". Its inputs are: pixels.'],
    ['TENSOR_MISSING', [{ ...pixels, name: 'toString' }], {}, 'pipeline "digits", input "toString": expected FP32 [-1, 64], but it was not sent.'],
  ] as const)('are %s', (code, specs, tensors, message) => {
    const error = thrownBy(() => checkTensors(owner, specs, tensors));
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it('shows a hostile name cut short and does not search for what it may mean', () => {
    const name = 'x'.repeat(10_000_000);
    const started = process.hrtime.bigint();
    const error = thrownBy(() => checkTensors(owner, [{ ...pixels, name: 'x'.repeat(60) }], { [name]: zeros('FP32', [1, 64]) }));
    expect(error.message.length).toBeLessThan(300);
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(1000);
  });

  it('can be described without throwing, for outputs', () => {
    expect(describeMismatch(pixels, zeros('FP32', [1, 64]))).toBeUndefined();
    expect(describeMismatch(pixels, zeros('FP32', [1, 2]))?.text).toBe('expected FP32 [-1, 64], got FP32 [1, 2]. Send 64 values per row.');
  });
});

describe('the bytes of a tensor', () => {
  it.each([
    ['FP32', [2, 3], 24],
    ['FP16', [2, 3], 12],
    ['INT64', [0, 7], 0],
    ['UINT8', [], 1],
    ['INT8', [0, 2 ** 52], 0],
  ] as const)('%s %j are %d', (datatype, shape, size) => {
    expect(() => checkTensorBytes('x', { datatype, shape, bytes: new Uint8Array(size) })).not.toThrow();
  });

  it.each([
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'FP32', shape: [2], bytes: new Uint8Array(7) }, 'tensor "x": FP32 [2] takes 8 bytes, got 7.'],
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'FP32', shape: [-1], bytes: new Uint8Array(4) }, 'tensor "x": shape [-1] has the dimension -1. Send the real size, a whole number of at least 0.'],
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'FP32', shape: [1.5], bytes: new Uint8Array(6) }, 'tensor "x": shape [1.5] has the dimension 1.5. Send the real size, a whole number of at least 0.'],
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'INT8', shape: [2 ** 53], bytes: new Uint8Array(0) }, 'tensor "x": shape [9007199254740992] has the dimension 9007199254740992. Send the real size, a whole number of at least 0.'],
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'INT8', shape: [2 ** 30, 2 ** 30], bytes: new Uint8Array(0) }, 'tensor "x": shape [1073741824, 1073741824] has too many elements.'],
    ['TENSOR_SHAPE_MISMATCH', { datatype: 'INT8', shape: [0, 2 ** 40, 2 ** 40], bytes: new Uint8Array(0) }, 'tensor "x": shape [0, 1099511627776, 1099511627776] has too many elements.'],
    ['TENSOR_DATA_INVALID', { datatype: 'BOOL', shape: [3], bytes: Uint8Array.of(0, 1, 2) }, 'tensor "x": BOOL element 2 is 2. Send 0 or 1.'],
    ['TENSOR_DATA_INVALID', { datatype: 'BYTES', shape: [1], bytes: Uint8Array.of(5, 0, 0, 0, 1) }, 'tensor "x": BYTES element 0 of 1 ends past the tensor\'s 5 bytes. Send a 4-byte little-endian length before each element.'],
  ] as const)('are refused as %s', (code, tensor, message) => {
    const error = thrownBy(() => checkTensorBytes('x', tensor));
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it('have at most 64 dimensions', () => {
    const shape = Array.from({ length: 65 }, () => 1);
    expect(thrownBy(() => checkTensorBytes('x', { datatype: 'INT8', shape, bytes: new Uint8Array(1) })).message).toContain('has 65 dimensions');
  });
});
