import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runsOrRefuses, thrownBy } from '../../../../test/support/thrown.ts';
import { checkTensorBytes } from './check.ts';
import { bytesElements, bytesTensor } from './tensor-raw.ts';

describe('BYTES tensors', () => {
  it('have a little-endian length before each element', () => {
    expect(bytesTensor([2], ['hé', Uint8Array.of(0xff)]).bytes).toEqual(Uint8Array.of(3, 0, 0, 0, 0x68, 0xc3, 0xa9, 1, 0, 0, 0, 0xff));
  });

  it('give back what was put in, bytes that are no text included', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), (elements) => {
        const tensor = bytesTensor([elements.length], elements);
        checkTensorBytes('t', tensor);
        expect(bytesElements(tensor)).toEqual(elements);
      }),
    );
  });

  it('hand out views, not copies', () => {
    const tensor = bytesTensor([2], ['a', 'b']);
    expect(bytesElements(tensor).every((element) => element.buffer === tensor.bytes.buffer)).toBe(true);
  });

  it('must have as many elements as their shape', () => {
    expect(thrownBy(() => bytesTensor([3], ['a'])).message).toBe('BYTES [3] has 3 elements, got 1.');
  });

  it.each([
    ['a prefix that is cut off', [1], Uint8Array.of(1, 0, 0)],
    ['a length past the end', [1], Uint8Array.of(9, 0, 0, 0, 1)],
    ['fewer elements than the shape', [2], Uint8Array.of(1, 0, 0, 0, 7)],
    ['bytes left at the end', [1], Uint8Array.of(1, 0, 0, 0, 7, 7)],
    ['a shape of 2^50 elements over four bytes', [2 ** 50], Uint8Array.of(0, 0, 0, 0)],
  ])('are refused with %s', (_title, shape, bytes) => {
    expect(thrownBy(() => bytesElements({ datatype: 'BYTES', shape, bytes })).code).toBe('TENSOR_DATA_INVALID');
  });

  it('are read or refused whatever bytes they have', () => {
    fc.assert(fc.property(fc.nat(5), fc.uint8Array({ maxLength: 24 }), (count, bytes) => runsOrRefuses(() => bytesElements({ datatype: 'BYTES', shape: [count], bytes }))));
  });

  it('are the only ones with elements of their own', () => {
    expect(thrownBy(() => bytesElements({ datatype: 'INT8', shape: [0], bytes: new Uint8Array(0) })).code).toBe('TENSOR_DATATYPE_MISMATCH');
  });
});
