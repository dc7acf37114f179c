import { describe, expect, it } from '@jest/globals';
import { regions } from './components.mjs';
import { meanInside, textBoxes } from './text-boxes.mjs';

const [WIDTH, HEIGHT] = [120, 60];

/** A map with filled rectangles [left, top, right, bottom, probability], ends not included. */
function map(...filled: ReadonlyArray<readonly [number, number, number, number, number]>): Float32Array {
  const pixels = new Float32Array(WIDTH * HEIGHT);
  for (const [left, top, right, bottom, probability] of filled) {
    for (let y = top; y < bottom; y++) pixels.fill(probability, y * WIDTH + left, y * WIDTH + right);
  }
  return pixels;
}

const image = { width: WIDTH, height: HEIGHT, scaleX: 1, scaleY: 1 };
const boxesOf = (pixels: Float32Array) => textBoxes(pixels, WIDTH, HEIGHT, image);

describe('regions', () => {
  it('joins neighbours over a corner and keeps others apart', () => {
    expect(regions(map([10, 10, 20, 15, 1], [20, 15, 30, 20, 1], [60, 10, 70, 15, 1]), WIDTH, HEIGHT, 0.3)).toHaveLength(2);
  });
});

describe('textBoxes', () => {
  it('grows a region to the line that the detector shrank', () => {
    const distance = (60 * 10 * 1.6) / 140;
    const [box] = boxesOf(map([30, 20, 90, 30, 0.9]));
    expect(box?.flat()).toEqual([30 - distance, 20 - distance, 90 + distance, 20 - distance, 90 + distance, 30 + distance, 30 - distance, 30 + distance].map((value) => expect.closeTo(value, 4)));
  });

  it('answers in pixels of the image, not of the map', () => {
    const [small] = boxesOf(map([30, 20, 90, 30, 0.9]));
    const [large] = textBoxes(map([30, 20, 90, 30, 0.9]), WIDTH, HEIGHT, { width: WIDTH * 2, height: HEIGHT * 4, scaleX: 0.5, scaleY: 0.25 });
    expect(large).toEqual(small?.map(([x, y]) => [x * 2, y * 4]));
  });

  it('stays inside the image', () => {
    const [box] = boxesOf(map([0, 0, WIDTH, 10, 0.9]));
    expect(box?.[0]).toEqual([0, 0]);
    expect(box?.[1]).toEqual([WIDTH, 0]);
  });

  it.each<[what: string, pixels: Float32Array]>([
    ['an empty map', map()],
    ['a speck', map([30, 20, 60, 22, 0.9])],
    ['a region that is unsure of itself', map([30, 20, 90, 30, 0.4])],
  ])('finds nothing in %s', (_, pixels) => {
    expect(boxesOf(pixels)).toEqual([]);
  });

  it('reads a single tall character upright, and a tall line downwards', () => {
    const [character] = boxesOf(map([50, 20, 56, 36, 0.9]));
    expect(character?.[1]?.[1]).toBeCloseTo(character?.[0]?.[1] ?? Number.NaN, 6);
    const [line] = boxesOf(map([50, 4, 56, 56, 0.9]));
    expect(line?.[1]?.[0]).toBeCloseTo(line?.[0]?.[0] ?? Number.NaN, 6);
  });
});

describe('meanInside', () => {
  it('takes the pixels whose centre lies inside', () => {
    const pixels = map([0, 0, 10, 10, 1]);
    expect(meanInside(pixels, WIDTH, HEIGHT, [[0, 0], [10, 0], [10, 10], [0, 10]])).toBe(1);
    expect(meanInside(pixels, WIDTH, HEIGHT, [[0, 0], [20, 0], [20, 10], [0, 10]])).toBe(0.5);
  });

  it('is 0 for a polygon outside the map', () => {
    expect(meanInside(map(), WIDTH, HEIGHT, [[-9, -9], [-2, -9], [-2, -2], [-9, -2]])).toBe(0);
  });
});
