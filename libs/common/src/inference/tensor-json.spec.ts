import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyTensor } from '../../../../test/support/arbitrary-tensors.ts';
import { runsOrRefuses, thrownBy } from '../../../../test/support/thrown.ts';
import { parseJsonExactly } from './json-value.ts';
import type { Datatype } from './tensor.ts';
import { tensorFromJson } from './tensor-from-json.ts';
import { bytesElements, bytesTensor } from './tensor-raw.ts';
import { tensorToJson } from './tensor-to-json.ts';
import { fromTypedArray, toTypedArray } from './typed-array.ts';

const values = (datatype: Datatype, data: unknown[]): unknown[] => Array.from(toTypedArray(tensorFromJson('x', { datatype, shape: [data.length] }, data)) as Iterable<unknown>);

describe('tensors from JSON data', () => {
  it.each([
    ['FP32', [0.5, -1, 3e38], [0.5, -1, Math.fround(3e38)]],
    ['FP64', [0.1, 1e300], [0.1, 1e300]],
    ['BOOL', [true, false], [1, 0]],
    ['INT8', [-128, 127], [-128, 127]],
    ['UINT16', [0, 65535], [0, 65535]],
    ['INT32', [-2147483648, 2147483647], [-2147483648, 2147483647]],
    ['UINT32', [4294967295], [4294967295]],
    ['INT64', [1, -(2n ** 63n), 2n ** 63n - 1n], [1n, -(2n ** 63n), 2n ** 63n - 1n]],
    ['UINT64', [0, 2n ** 64n - 1n], [0n, 2n ** 64n - 1n]],
    ['FP64', [2n ** 60n], [2 ** 60]],
  ] as const)('%s takes %j', (datatype, data, expected) => {
    expect(values(datatype, [...data])).toEqual(expected);
  });

  it('may be nested like the shape or flat, and are row-major either way', () => {
    const type = { datatype: 'INT8', shape: [2, 1, 3] } as const;
    const nested = tensorFromJson('x', type, [[[1, 2, 3]], [[4, 5, 6]]]);
    expect(nested).toEqual(tensorFromJson('x', type, [1, 2, 3, 4, 5, 6]));
    expect(nested.bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
  });

  it('may be text for BYTES', () => {
    const tensor = tensorFromJson('x', { datatype: 'BYTES', shape: [2] }, ['hé', '']);
    expect(bytesElements(tensor)).toEqual([Uint8Array.of(0x68, 0xc3, 0xa9), new Uint8Array(0)]);
  });

  it.each([
    ['UINT8', [0, 256], 'tensor "x": UINT8 element 1 is 256. UINT8 takes whole numbers from 0 to 255.'],
    ['INT8', [1, 2, -129], 'tensor "x": INT8 element 2 is -129. INT8 takes whole numbers from -128 to 127.'],
    ['INT32', [1.5], 'tensor "x": INT32 element 0 is 1.5. INT32 takes whole numbers from -2147483648 to 2147483647.'],
    ['UINT32', [-1], 'tensor "x": UINT32 element 0 is -1. UINT32 takes whole numbers from 0 to 4294967295.'],
    ['INT64', [2n ** 63n], 'tensor "x": INT64 element 0 is 9223372036854775808. INT64 takes whole numbers from -9223372036854775808 to 9223372036854775807.'],
    ['UINT64', [-1], 'tensor "x": UINT64 element 0 is -1. UINT64 takes whole numbers from 0 to 18446744073709551615.'],
    ['INT64', [0.5], 'tensor "x": INT64 element 0 is 0.5. Send whole numbers, all digits written out.'],
    ['INT64', [2 ** 60], 'tensor "x": INT64 element 0 is 1152921504606847000. Send whole numbers, all digits written out.'],
    ['INT16', ['7'], 'tensor "x": INT16 element 0 is "7". Send whole numbers.'],
    ['FP32', [0, 1e39], 'tensor "x": FP32 element 1 is 1e+39. It is too large for FP32.'],
    ['FP64', [Infinity], 'tensor "x": FP64 element 0 is Infinity. It is too large for FP64.'],
    ['FP32', [null], 'tensor "x": FP32 element 0 is null. Send numbers.'],
    ['FP32', [1, true], 'tensor "x": FP32 element 1 is true. Send numbers.'],
    ['BOOL', [true, 1], 'tensor "x": BOOL element 1 is 1. Send true or false.'],
    ['BYTES', ['a', 1], 'tensor "x": BYTES element 1 is 1. Send strings, or binary data.'],
    ['BYTES', ['\ud800'], 'tensor "x": BYTES element 0 is "\\ud800". It holds half a surrogate pair; send binary data.'],
    ['INT8', [1, {}], 'tensor "x": INT8 element 1 is an object. Send whole numbers.'],
  ] as const)('refuse %s %j, naming tensor and index', (datatype, data, message) => {
    const error = thrownBy(() => values(datatype, [...data]));
    expect([error.code, error.message]).toEqual(['TENSOR_DATA_INVALID', message]);
  });

  it.each([
    ['too few values', [2, 2], [1, 2, 3], 'tensor "x": INT8 [2, 2] has 4 elements, got 3 in "data".'],
    ['a ragged row', [2, 2], [[1, 2], [3]], 'tensor "x": "data" has an array of 1 in dimension 1 of shape [2, 2]. Send it flat or nested like the shape.'],
    ['a level too many', [2], [[1, 2]], 'tensor "x": "data" has an array of 1 in dimension 0 of shape [2]. Send it flat or nested like the shape.'],
    ['arrays and values mixed', [2, 2], [[1, 2], 3], 'tensor "x": "data" mixes arrays and values. Send it flat or nested like the shape.'],
    ['a shape that is 2^60 times its data', [2 ** 40, 2 ** 20], [1], 'tensor "x": shape [1099511627776, 1048576] has too many elements.'],
    ['a shape far past its data', [2 ** 40], [1], 'tensor "x": INT8 [1099511627776] has 1099511627776 elements, got 1 in "data".'],
  ])('refuse %s', (_title, shape, data, message) => {
    const error = thrownBy(() => tensorFromJson('x', { datatype: 'INT8', shape }, data));
    expect([error.code, error.message]).toEqual(['TENSOR_SHAPE_MISMATCH', message]);
  });

  it('refuse FP16 and BF16 with a pointer to binary data (J13)', () => {
    for (const datatype of ['FP16', 'BF16'] as const) {
      const error = thrownBy(() => values(datatype, [1]));
      expect([error.code, error.message]).toEqual(['TENSOR_NEEDS_BINARY', expect.stringContaining('binary_data_size')]);
    }
  });

  it('never crash on whatever JSON there is', () => {
    const datatypes = fc.constantFrom<Datatype>('FP32', 'INT64', 'UINT8', 'BOOL', 'BYTES', 'FP16');
    fc.assert(
      fc.property(datatypes, fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }), fc.array(fc.jsonValue()), (datatype, shape, data) =>
        runsOrRefuses(() => tensorFromJson('x', { datatype, shape }, data)),
      ),
    );
  });
});

describe('tensors as JSON data', () => {
  it.each([
    ['FP32 in the shortest digits', fromTypedArray('FP32', [3], Float32Array.of(0.1, -0, 16777216)), '[0.1,-0.0,16777216]'],
    ['FP64', fromTypedArray('FP64', [2], Float64Array.of(0.1 + 0.2, 1e21)), '[0.30000000000000004,1e+21]'],
    ['64-bit integers in full', fromTypedArray('UINT64', [2], BigUint64Array.of(2n ** 64n - 1n, 1n)), '[18446744073709551615,1]'],
    ['small integers', fromTypedArray('INT8', [2], Int8Array.of(-1, 1)), '[-1,1]'],
    ['BOOL', fromTypedArray('BOOL', [2], Uint8Array.of(1, 0)), '[true,false]'],
    ['BYTES as text, byte order marks included', bytesTensor([2], ['\ufeffé', '"']), '["\ufeffé","\\""]'],
    ['nothing', fromTypedArray('FP32', [0, 3], new Float32Array(0)), '[]'],
  ])('write %s', (_title, tensor, text) => {
    expect(tensorToJson('x', tensor)).toBe(text);
  });

  it.each([
    ['NaN', fromTypedArray('FP32', [2], Float32Array.of(1, NaN)), 'tensor "x": element 1 is NaN, which JSON cannot carry.'],
    ['Infinity', fromTypedArray('FP64', [1], Float64Array.of(-Infinity)), 'tensor "x": element 0 is -Infinity, which JSON cannot carry.'],
    ['FP16', fromTypedArray('FP16', [1], Uint16Array.of(1)), 'tensor "x": FP16 has no JSON form.'],
    ['bytes that are no text', bytesTensor([1], [Uint8Array.of(0xff)]), 'tensor "x": BYTES element 0 is not UTF-8.'],
  ])('refuse %s and say how to ask for it (J15)', (_title, tensor, message) => {
    const error = thrownBy(() => tensorToJson('x', tensor));
    expect(error.code).toBe('TENSOR_NEEDS_BINARY');
    expect(error.message).toContain(message);
    expect(error.message).toContain('"binary_data": true');
  });

  it('come back bit for bit', () => {
    fc.assert(
      fc.property(anyTensor(), (tensor) => {
        let text;
        try {
          text = tensorToJson('x', tensor);
        } catch {
          return;
        }
        const again = tensorFromJson('x', tensor, parseJsonExactly(text) as unknown[]);
        expect(again).toEqual(tensor);
      }),
      { numRuns: 500 },
    );
  });
});
