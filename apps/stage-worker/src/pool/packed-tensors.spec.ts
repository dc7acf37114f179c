import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ExecuteOutputs } from '../executors/index.ts';
import { plain } from '../../../../test/contract/stage-executor.contract.ts';
import { anyTensor } from '../../../../test/support/arbitrary-tensors.ts';
import { packTensors, transferOf, unpackTensors } from './packed-tensors.ts';

/** Pipelines and requests refuse this one name. */
const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
const outputs: fc.Arbitrary<ExecuteOutputs> = fc.dictionary(name, fc.oneof(anyTensor(), fc.array(anyTensor(), { maxLength: 3 })));

describe('packed tensors', () => {
  it('come out as they went in, lists and order included', () => {
    fc.assert(
      fc.property(outputs, (tensors) => {
        const unpacked = unpackTensors(structuredClone(packTensors(tensors)));
        expect(Object.keys(unpacked)).toEqual(Object.keys(tensors));
        expect(plain(unpacked)).toEqual(plain(tensors));
      }),
      { numRuns: 200 },
    );
  });

  it('lie aligned for every datatype', () => {
    fc.assert(
      fc.property(fc.dictionary(name, anyTensor()), (tensors) => {
        for (const output of Object.values(unpackTensors(packTensors(tensors)))) {
          expect('bytes' in output ? output.bytes.byteOffset % 8 : 'a list').toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are copies: what the sender keeps stays whole when the buffer is moved', () => {
    const bytes = new Uint8Array(1 << 16).fill(7);
    const packed = packTensors({ x: { datatype: 'UINT8', shape: [1 << 16], bytes } });
    structuredClone(packed, { transfer: [...transferOf(packed)] });
    expect(packed.buffer.byteLength).toBe(0);
    expect(bytes[0]).toBe(7);
  });

  it('are moved when they are large and copied when they are small', () => {
    const packed = (size: number) => packTensors({ x: { datatype: 'UINT8', shape: [size], bytes: new Uint8Array(size) } });
    expect(transferOf(packed(256))).toEqual([]);
    expect(transferOf(packed(1 << 20))).toHaveLength(1);
  });
});
