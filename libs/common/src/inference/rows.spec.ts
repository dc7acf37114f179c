import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stackableTensors } from '../../../../test/support/arbitrary-tensors.ts';
import { thrownBy } from '../../../../test/support/thrown.ts';
import { checkTensorBytes } from './check.ts';
import { concatRows, splitRows } from './rows.ts';
import { bytesElements, bytesTensor } from './tensor-raw.ts';
import { fromTypedArray, toTypedArray } from './typed-array.ts';

const matrix = (rows: number, columns: number, first: number) =>
  fromTypedArray('FP32', [rows, columns], Float32Array.from({ length: rows * columns }, (_, index) => first + index));

describe('rows', () => {
  it('are put under each other', () => {
    const stacked = concatRows([matrix(1, 2, 1), matrix(2, 2, 3)]);
    expect(stacked.shape).toEqual([3, 2]);
    expect(toTypedArray(stacked)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
  });

  it('come apart as they were put together, for every datatype', () => {
    fc.assert(
      fc.property(stackableTensors(), (tensors) => {
        const stacked = concatRows(tensors);
        checkTensorBytes('stacked', stacked);
        const parts = splitRows(stacked, tensors.map((tensor) => tensor.shape[0] ?? 0));
        expect(parts).toEqual(tensors);
      }),
    );
  });

  it('of BYTES are cut between elements', () => {
    const parts = splitRows(bytesTensor([3, 1], ['a', '', 'ccc']), [2, 1]);
    expect(parts.map((part) => bytesElements(part).map((element) => element.length))).toEqual([[1, 0], [3]]);
  });

  it('stand in memory aligned to 8, so that they can be read without a copy', () => {
    const stacked = concatRows([bytesTensor([1], ['a']), bytesTensor([1], ['b'])]);
    expect(stacked.bytes.byteOffset % 8).toBe(0);
    expect(toTypedArray(concatRows([matrix(1, 1, 1), matrix(1, 1, 2)])).byteOffset).toBe(0);
  });

  it('are cut as views', () => {
    const whole = matrix(2, 2, 1);
    expect(splitRows(whole, [1, 1]).every((part) => part.bytes.buffer === whole.bytes.buffer)).toBe(true);
  });

  it('of one tensor alone are that tensor', () => {
    const alone = matrix(2, 2, 1);
    expect(concatRows([alone])).toBe(alone);
  });

  it.each([
    ['TENSOR_DATATYPE_MISMATCH', [matrix(1, 2, 1), fromTypedArray('INT32', [1, 2], Int32Array.of(1, 2))], 'INT32 [1, 2] cannot be put under FP32 [1, 2]: datatypes differ.'],
    ['TENSOR_SHAPE_MISMATCH', [matrix(1, 2, 1), matrix(1, 3, 1)], 'FP32 [1, 3] cannot be put under FP32 [1, 2]: only the first dimension may differ.'],
    ['TENSOR_SHAPE_MISMATCH', [fromTypedArray('FP32', [], Float32Array.of(1))], 'a scalar FP32 has no rows. Give it a first dimension.'],
  ])('that do not belong together are %s', (code, tensors, message) => {
    const error = thrownBy(() => concatRows(tensors));
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it('must add up when they are cut', () => {
    const error = thrownBy(() => splitRows(matrix(3, 2, 1), [1, 1]));
    expect([error.code, error.message]).toEqual(['TENSOR_SHAPE_MISMATCH', 'FP32 [3, 2] was to be cut into 2 rows. Its first dimension must be 2.']);
  });
});
