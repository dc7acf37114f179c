import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyTensor } from '../../../../test/support/arbitrary-tensors.ts';
import { thrownBy } from '../../../../test/support/thrown.ts';
import { DATATYPES } from './tensor.ts';
import type { Datatype } from './tensor.ts';
import { fromTypedArray, toTypedArray } from './typed-array.ts';
import type { FixedDatatype } from './typed-array.ts';

const FIXED = (Object.keys(DATATYPES) as Datatype[]).filter((datatype): datatype is FixedDatatype => datatype !== 'BYTES');

describe('typed arrays of tensors', () => {
  it.each([
    ['BOOL', 'Uint8Array'],
    ['UINT8', 'Uint8Array'],
    ['UINT16', 'Uint16Array'],
    ['UINT32', 'Uint32Array'],
    ['UINT64', 'BigUint64Array'],
    ['INT8', 'Int8Array'],
    ['INT16', 'Int16Array'],
    ['INT32', 'Int32Array'],
    ['INT64', 'BigInt64Array'],
    ['FP16', 'Float16Array' in globalThis ? 'Float16Array' : 'Uint16Array'],
    ['BF16', 'Uint16Array'],
    ['FP32', 'Float32Array'],
    ['FP64', 'Float64Array'],
  ] as const)('%s is a %s', (datatype, name) => {
    expect(toTypedArray({ datatype, shape: [0], bytes: new Uint8Array(0) })[Symbol.toStringTag]).toBe(name);
  });

  it('read little-endian bytes', () => {
    const bytes = Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
    expect(toTypedArray({ datatype: 'FP32', shape: [2], bytes })).toEqual(Float32Array.of(1, -2));
    expect(toTypedArray({ datatype: 'INT64', shape: [1], bytes: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0x80) })).toEqual(BigInt64Array.of(-(2n ** 63n) + 1n));
  });

  it('share the memory of the tensor where it is aligned', () => {
    const bytes = new Uint8Array(new ArrayBuffer(24), 8, 16);
    expect(toTypedArray({ datatype: 'FP64', shape: [2], bytes }).buffer).toBe(bytes.buffer);
  });

  it('are a copy where it is not aligned', () => {
    const whole = Uint8Array.of(9, 0, 0, 0x80, 0x3f);
    const array = toTypedArray({ datatype: 'FP32', shape: [1], bytes: whole.subarray(1) });
    expect(array).toEqual(Float32Array.of(1));
    expect(array.buffer).not.toBe(whole.buffer);
  });

  it('become the same tensor again, whatever its bits', () => {
    fc.assert(
      fc.property(anyTensor(FIXED), (tensor) => {
        const again = fromTypedArray(tensor.datatype as FixedDatatype, tensor.shape, toTypedArray(tensor));
        expect(again).toEqual(tensor);
      }),
    );
  });

  it('are taken as they are, not copied', () => {
    const array = Float32Array.of(1, 2);
    expect(fromTypedArray('FP32', [2], array).bytes.buffer).toBe(array.buffer);
  });

  it('may be raw halves for FP16 and clamped bytes for UINT8', () => {
    expect(fromTypedArray('FP16', [1], Uint16Array.of(0x3c00)).bytes).toEqual(Uint8Array.of(0, 0x3c));
    expect(fromTypedArray('UINT8', [1], Uint8ClampedArray.of(7)).bytes).toEqual(Uint8Array.of(7));
  });

  it('must be of the class of the datatype', () => {
    const error = thrownBy(() => fromTypedArray('FP32', [1], Float64Array.of(1)));
    expect([error.code, error.message]).toEqual(['TENSOR_DATATYPE_MISMATCH', 'FP32 needs a Float32Array, got a Float64Array.']);
  });

  it('must have as many elements as the shape', () => {
    const error = thrownBy(() => fromTypedArray('INT32', [2, 2], Int32Array.of(1, 2, 3)));
    expect([error.code, error.message]).toEqual(['TENSOR_SHAPE_MISMATCH', 'INT32 [2, 2] has 4 elements, got 3.']);
  });

  it('do not exist for BYTES, nor for half an element', () => {
    expect(thrownBy(() => toTypedArray({ datatype: 'BYTES', shape: [0], bytes: new Uint8Array(0) })).code).toBe('TENSOR_DATATYPE_MISMATCH');
    expect(thrownBy(() => toTypedArray({ datatype: 'FP32', shape: [1], bytes: new Uint8Array(3) })).code).toBe('TENSOR_DATA_INVALID');
  });
});
