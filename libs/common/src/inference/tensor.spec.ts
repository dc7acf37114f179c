import { describe, expect, it } from '@jest/globals';
import { elementCount, formatTensorType, isDatatype, shapeMatches } from './tensor.ts';

describe('shapes', () => {
  it.each([
    { shape: [], count: 1 },
    { shape: [3], count: 3 },
    { shape: [2, 3, 4], count: 24 },
    { shape: [2, 0, 4], count: 0 },
  ])('$shape has $count elements', ({ shape, count }) => {
    expect(elementCount(shape)).toBe(count);
  });

  it.each([
    { declared: [-1, 64], actual: [3, 64], fits: true },
    { declared: [-1, 64], actual: [0, 64], fits: true },
    { declared: [-1, 64], actual: [3, 63], fits: false },
    { declared: [-1, 64], actual: [64], fits: false },
    { declared: [-1], actual: [3, 1], fits: false },
    { declared: [], actual: [], fits: true },
  ])('declared $declared takes $actual: $fits', ({ declared, actual, fits }) => {
    expect(shapeMatches(declared, actual)).toBe(fits);
  });

  it('are shown with their datatype', () => {
    expect(formatTensorType({ datatype: 'FP32', shape: [-1, 64] })).toBe('FP32 [-1, 64]');
  });
});

describe('datatype names', () => {
  it.each(['FP32', 'BYTES', 'BF16', 'UINT64'])('%s is one', (name) => expect(isDatatype(name)).toBe(true));
  it.each(['fp32', 'STRING', 'toString', '__proto__', ''])('%j is none', (name) => expect(isDatatype(name)).toBe(false));
});
