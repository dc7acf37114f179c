import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { convexHull, corners, quarterTurn, smallestRectangle, unclip } from './rectangle.mjs';

const upright = { x: 50, y: 20, width: 60, height: 10, ux: 1, uy: 0 };

describe('convexHull', () => {
  it('drops points inside and on the sides', () => {
    const hull = convexHull([[0, 0], [4, 0], [2, 0], [4, 4], [0, 4], [2, 2]]);
    expect(hull).toHaveLength(4);
    expect(hull).toEqual(expect.arrayContaining([[0, 0], [4, 0], [4, 4], [0, 4]]));
  });
});

describe('smallestRectangle', () => {
  it('finds a rectangle again from its corners, at every angle within 45 degrees', () => {
    const angles = fc.double({ min: -0.75, max: 0.75, noNaN: true });
    const sides = fc.double({ min: 5, max: 200, noNaN: true });
    fc.assert(
      fc.property(angles, sides, sides, (angle, width, height) => {
        const drawn = { x: 300, y: 200, width, height, ux: Math.cos(angle), uy: Math.sin(angle) };
        const found = smallestRectangle(corners(drawn));
        expect(found.width).toBeCloseTo(width, 6);
        expect(found.height).toBeCloseTo(height, 6);
        expect(found.x).toBeCloseTo(300, 6);
        expect(found.y).toBeCloseTo(200, 6);
        expect(found.uy).toBeCloseTo(Math.sin(angle), 6);
      }),
    );
  });

  it('covers every point', () => {
    const coordinates = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(coordinates, coordinates), { minLength: 2, selector: String }), (points) => {
        const { x, y, width, height, ux, uy } = smallestRectangle(points);
        for (const [px, py] of points) {
          expect(Math.abs((px - x) * ux + (py - y) * uy)).toBeLessThanOrEqual(width / 2 + 1e-6);
          expect(Math.abs((py - y) * ux - (px - x) * uy)).toBeLessThanOrEqual(height / 2 + 1e-6);
        }
      }),
    );
  });
});

describe('corners', () => {
  it('go clockwise from the start of the text', () => {
    expect(corners(upright)).toEqual([[20, 15], [80, 15], [80, 25], [20, 25]]);
  });

  it('start at the top right when the text runs downwards', () => {
    const down = quarterTurn({ ...upright, width: 10, height: 60 });
    expect(corners(down)).toEqual([[55, -10], [55, 50], [45, 50], [45, -10]]);
  });
});

describe('unclip', () => {
  it('moves every side out by area * ratio / perimeter', () => {
    const grown = unclip(upright, 1.4);
    const distance = (60 * 10 * 1.4) / 140;
    expect(grown).toEqual({ ...upright, width: 60 + 2 * distance, height: 10 + 2 * distance });
  });
});
