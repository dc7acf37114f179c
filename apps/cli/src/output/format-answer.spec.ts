import { describe, expect, it } from '@jest/globals';
import { bytesTensor, fromTypedArray } from '#common/inference';
import type { NamedTensors } from '#common/inference';
import { formatAnswer, plainValues } from './format-answer.ts';

const lines = (outputs: NamedTensors, serverTiming?: string): string[] =>
  formatAnswer({ response: { pipeline: 'p', version: 'v1', parameters: {}, outputs }, tookMs: 12.34, serverTiming }).split('\n');

describe('an answer for people', () => {
  it('shows texts first, whatever their place in the answer', () => {
    const shown = lines({ scores: fromTypedArray('FP32', [2], Float32Array.of(0.123456, 1)), text: bytesTensor([2], ['TOTAL', 'Grüße']) });
    expect(shown).toEqual(['text  BYTES [2]', '  TOTAL', '  Grüße', 'scores  FP32 [2]', '  0.1235  1', '', 'p@v1  12.3 ms']);
  });

  it('cuts long rows and many rows and says how much is left', () => {
    const shown = lines({ x: fromTypedArray('INT32', [30, 12], new Int32Array(360)) });
    expect(shown[1]).toBe(`  ${Array.from({ length: 10 }, () => '0').join('  ')}  ... 2 more (--json shows all)`);
    expect(shown[21]).toBe('  ... 10 more rows (--json shows all)');
  });

  it('says none where an output is empty', () => {
    expect(lines({ text: bytesTensor([0], []) }).slice(0, 2)).toEqual(['text  BYTES [0]', '  (none)']);
  });

  it('tells what each stage cost, and waiting only where there was some', () => {
    const shown = lines({}, 'net-queue;dur=1.5, net-batch;dur=0, net-compute;dur=7, plus-one-queue;dur=0, plus-one-batch;dur=0.04, plus-one-compute;dur=12.25, total;dur=22');
    expect(shown.slice(-2)).toEqual(['  net           7.0 ms  (waited: queue 1.5)', '  plus-one     12.3 ms']);
  });
});

describe('plain values', () => {
  it('keep 64-bit integers exact and show BOOL as truth', () => {
    expect(plainValues(fromTypedArray('INT64', [1], BigInt64Array.of(9_007_199_254_740_993n)))).toEqual([9_007_199_254_740_993n]);
    expect(plainValues({ datatype: 'BOOL', shape: [2], bytes: Uint8Array.of(0, 1) })).toEqual([false, true]);
  });
});
