import { describe, expect, it } from '@jest/globals';
import { readingOrder } from './reading-order.mjs';

/** A box 20 high at (x, y), turned by an angle in degrees around (200, 200). */
function box(x: number, y: number, width: number, degrees = 0): number[] {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const turned = ([px, py]: readonly [number, number]): number[] => [200 + (px - 200) * cos - (py - 200) * sin, 200 + (px - 200) * sin + (py - 200) * cos];
  return ([[x, y], [x + width, y], [x + width, y + 20], [x, y + 20]] as const).flatMap(turned);
}

const page = (degrees: number): number[][] => [
  box(300, 102, 60, degrees),
  box(40, 160, 200, degrees),
  box(40, 100, 120, degrees),
  box(300, 158, 60, degrees),
  box(40, 40, 320, degrees),
];

describe('readingOrder', () => {
  it.each([0, 5, -5, 30, 90, 180, 270])('reads rows from the top, each from the left, on a page turned by %i degrees', (degrees) => {
    expect(readingOrder(page(degrees))).toEqual([4, 2, 0, 1, 3]);
  });

  it('keeps lines of a close paragraph apart', () => {
    expect(readingOrder([box(60, 62, 100), box(40, 40, 300), box(40, 84, 200)])).toEqual([1, 0, 2]);
  });

  it('answers nothing with nothing', () => {
    expect(readingOrder([])).toEqual([]);
  });
});
