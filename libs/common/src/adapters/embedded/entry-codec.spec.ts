import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, encodeEntry } from './entry-codec.ts';

describe('the stored form of first hops', () => {
  it('gives back what was stored', () => {
    const record = fc.record(
      { topic: fc.string({ unit: 'grapheme' }), key: fc.string(), headers: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), bytes: fc.uint8Array() },
      { requiredKeys: ['topic', 'bytes'], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(decodeEntry(encodeEntry(records))).toEqual(records);
      }),
    );
  });

  it('does not hand out views of the stored bytes, so that tensors in them can be aligned', () => {
    const [decoded] = decodeEntry(encodeEntry([{ topic: 't', bytes: new Uint8Array([1, 2, 3]) }]));
    expect(decoded?.bytes.byteOffset).toBe(0);
    expect(decoded?.bytes.buffer.byteLength).toBe(3);
  });
});
