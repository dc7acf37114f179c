import { describe, expect, it } from '@jest/globals';
import { detectorSize } from './detector-input.mjs';
import { turnLines, upsideDown } from './half-turn.mjs';
import { cropLine, lineSize } from './line-crop.mjs';
import { classifierInput, recogniserInput, trueWidth } from './line-input.mjs';

/** An image whose red is the column and whose green is the row. */
function gradient(width: number, height: number): { width: number; height: number; data: Uint8Array } {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 7][i % 3] ?? 0);
  return { width, height, data };
}

const pixel = (crop: { shape: number[]; data: Uint8Array }, x: number, y: number): number[] => [...crop.data.subarray((y * (crop.shape[2] ?? 0) + x) * 4, (y * (crop.shape[2] ?? 0) + x) * 4 + 4)];

describe('detectorSize', () => {
  it.each([
    [{ width: 640, height: 320 }, { width: 640, height: 320, right: 0, bottom: 0 }],
    [{ width: 641, height: 33 }, { width: 641, height: 33, right: 31, bottom: 31 }],
    [{ width: 3840, height: 1920 }, { width: 960, height: 480, right: 0, bottom: 0 }],
    [{ width: 40_000, height: 1 }, { width: 960, height: 1, right: 0, bottom: 31 }],
  ])('plans %j as %j', (image, size) => {
    expect(detectorSize(image)).toEqual(size);
  });
});

describe('cropLine', () => {
  const image = gradient(200, 100);

  it('cuts a box of the line height pixel by pixel and pads it with transparency', () => {
    const crop = cropLine(image, [20, 10, 120, 10, 120, 58, 20, 58]);
    expect(crop.shape).toEqual([1, 48, 128, 4]);
    expect(pixel(crop, 0, 0)).toEqual([20, 10, 7, 255]);
    expect(pixel(crop, 99, 47)).toEqual([119, 57, 7, 255]);
    expect(pixel(crop, 100, 0)).toEqual([0, 0, 0, 0]);
    expect(trueWidth(crop, 0)).toBe(100);
  });

  it('turns a line that runs downwards', () => {
    const crop = cropLine(image, [68, 10, 68, 90, 20, 90, 20, 10]);
    expect(pixel(crop, 0, 0)).toEqual([67, 10, 7, 255]);
    expect(pixel(crop, 79, 47)).toEqual([20, 89, 7, 255]);
  });

  it('averages when it shrinks', () => {
    expect(pixel(cropLine(image, [0, 0, 96, 0, 96, 96, 0, 96]), 10, 20)).toEqual([21, 41, 7, 255]);
  });

  it('survives a box without height', () => {
    expect(lineSize([5, 5, 9, 5, 9, 5, 5, 5])).toEqual({ thickness: 1, width: 192, padded: 192 });
  });
});

describe('turnLines', () => {
  const crop = cropLine(gradient(200, 100), [20, 10, 120, 10, 120, 58, 20, 58]);

  it('turns the chosen line by half and leaves the padding at its end', () => {
    const turned = turnLines(crop, [true]);
    expect(pixel(turned, 0, 0)).toEqual([119, 57, 7, 255]);
    expect(pixel(turned, 99, 47)).toEqual([20, 10, 7, 255]);
    expect(trueWidth(turned, 0)).toBe(100);
    expect(turnLines(turned, [true]).data).toEqual(crop.data);
  });

  it('leaves the others as they are', () => {
    expect(turnLines(crop, [false])).toBe(crop);
  });

  it('is told by a classifier that must be sure', () => {
    expect(upsideDown({ shape: [3, 2], data: Float32Array.of(0.05, 0.95, 0.2, 0.8, 1, 0) })).toEqual([true, false, false]);
  });
});

describe('the inputs of the line models', () => {
  const crop = cropLine(gradient(400, 100), [0, 0, 255, 0, 255, 48, 0, 48]);

  it('scale to -1..1, blue first, with 0 on the padding', () => {
    const { shape, data } = recogniserInput(crop);
    expect(shape).toEqual([1, 3, 48, 256]);
    expect(data[0]).toBeCloseTo(7 / 127.5 - 1, 6);
    expect(data[2 * 48 * 256 + 254]).toBeCloseTo(254 / 127.5 - 1, 6);
    expect(data[2 * 48 * 256 + 255]).toBe(0);
  });

  it('show the classifier the middle of a long line', () => {
    const { shape, data } = classifierInput(crop);
    expect(shape).toEqual([1, 3, 48, 192]);
    expect(data[2 * 48 * 192]).toBeCloseTo(31 / 127.5 - 1, 6);
  });
});
