import { describe, expect, it } from '@jest/globals';
import { median, ratios } from './statistics.ts';

describe('the statistics of the benches', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('takes the median of %p', (values, middle) => {
    expect(median(values).median).toBe(middle);
  });

  it('bounds the median of ten values by the second smallest and the second largest, as the binomial says', () => {
    const { low, high } = median([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect([low, high]).toEqual([2, 9]);
  });

  it('divides pair by pair', () => {
    expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
  });
});
