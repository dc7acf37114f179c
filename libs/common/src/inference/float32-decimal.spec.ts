import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shortestFloat32 } from './float32-decimal.ts';

describe('the shortest decimal of a float32', () => {
  it.each([
    [0.1, '0.1'],
    [-0.3, '-0.3'],
    [1 / 3, '0.33333334'],
    [16777217, '16777216'],
    [1e-7, '1e-7'],
    [123456.789, '123456.79'],
    [3.4028234663852886e38, '3.4028234663852886e+38'],
  ])('of %d is %s', (value, text) => {
    expect(String(shortestFloat32(Math.fround(value)))).toBe(text);
  });

  it('always rounds back to the same float32', () => {
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => expect(Math.fround(shortestFloat32(value))).toBe(value)), { numRuns: 5000 });
  });

  it('has at most nine digits where float32 are dense', () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(1e-5), max: Math.fround(1e6), noNaN: true }), (value) => {
        const digits = String(shortestFloat32(value)).replace(/e.*$/, '').replace(/\D/g, '').replace(/^0+/, '');
        expect(digits.length).toBeLessThanOrEqual(9);
      }),
    );
  });
});
