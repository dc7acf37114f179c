import { describe, expect, it } from '@jest/globals';
import { scale } from './digits.mjs';

const context = {
  reject(code: string, message: string): never {
    throw new Error(`${code}: ${message}`);
  },
};

const pixels = (...rows: number[][]) => ({ pixels: { datatype: 'FP32', shape: [rows.length, 64], data: Float32Array.from(rows.flat()) } });
const row = (level: number): number[] => Array.from({ length: 64 }, () => level);

describe('scale', () => {
  it('brings the levels 0 to 16 to 0 to 1, row by row', () => {
    const { x } = scale(pixels(row(0), row(4), row(16)), context);
    expect(x.shape).toEqual([3, 64]);
    expect([x.data[0], x.data[64], x.data[191]]).toEqual([0, 0.25, 1]);
  });

  it.each([
    [17, 'got 17'],
    [-1, 'got -1'],
    [Number.NaN, 'got NaN'],
  ])('refuses the level %p and says where it stands', (level, message) => {
    const second = row(1);
    second[5] = level;
    expect(() => scale(pixels(row(1), second), context)).toThrow(`PIXEL_OUT_OF_RANGE: Input "pixels", row 1, column 5: expected 0 to 16, ${message}`);
  });
});
