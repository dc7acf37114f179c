import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeImage, inspectImage } from './image.mjs';

const SAMPLES = join(import.meta.dirname, '../../samples/ocr');

class Refused extends Error {}

function reject(code: string, message: string): never {
  throw new Refused(`${code}: ${message}`);
}

async function open(bytes: Uint8Array): Promise<{ width: number; height: number; data: Uint8Array }> {
  return decodeImage(bytes, await inspectImage(bytes, reject), reject);
}

describe('an image that cannot be read is refused', () => {
  it.each([
    ['empty.png', 'IMAGE_EMPTY: Input "image" has 0 bytes'],
    ['not-an-image.png', 'IMAGE_NOT_RECOGNISED: Input "image": expected a PNG or JPEG file, got 45 bytes of no known image format (it begins with 54 68 69 73'],
    ['truncated.jpg', 'IMAGE_TRUNCATED: Input "image": the JPEG ends after 10883 bytes'],
    ['huge.png', 'IMAGE_TOO_LARGE: Input "image": a PNG of 50000 x 50000 pixels (2500 Mpx); at most 40 Mpx are read'],
  ])('%s within a second', async (file, message) => {
    const bytes = await readFile(join(SAMPLES, 'bad', file));
    const start = performance.now();
    await expect(open(bytes)).rejects.toThrow(message);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it.each([
    ['GIF89a', 'got GIF'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'got SVG or XML'],
    ['%PDF-1.7', 'got PDF'],
  ])('when it is of another format: %p', async (text, message) => {
    await expect(open(Buffer.from(text))).rejects.toThrow(message);
  });

  it('as truncated when a PNG ends early, as unreadable when it is damaged', async () => {
    const whole = await readFile(join(SAMPLES, 'paragraph-river.png'));
    await expect(open(whole.subarray(0, whole.length >> 1))).rejects.toThrow('IMAGE_TRUNCATED');
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, whole.length >> 1, (whole.length >> 1) + 30);
    await expect(open(damaged)).rejects.toThrow('IMAGE_UNREADABLE');
  });
});

describe('decodeImage', () => {
  const red = { create: { width: 40, height: 20, channels: 3, background: '#f00' } } as const;

  it('gives RGB of the wanted size and repeats the edge behind it', async () => {
    const { width, height, data } = await decodeImage(await sharp(red).png().toBuffer(), { width: 20, height: 10, right: 12, bottom: 22 }, reject);
    expect([width, height, data.length]).toEqual([32, 32, 32 * 32 * 3]);
    expect([...data.subarray(-3)]).toEqual([255, 0, 0]);
  });

  it.each([
    ['grey of 16 bits', () => sharp({ create: { ...red.create, background: '#fff' } }).toColourspace('grey16').png()],
    ['transparent', () => sharp({ create: { width: 40, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png()],
    ['CMYK', () => sharp({ create: { ...red.create, background: '#fff' } }).toColourspace('cmyk').jpeg()],
  ])('makes white RGB of an image that is %s', async (_, make) => {
    const { data } = await open(await make().toBuffer());
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect(data.length).toBe(40 * 20 * 3);
  });

  it('turns a photograph as its orientation says', async () => {
    const bytes = await sharp(red).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await inspectImage(bytes, reject)).toEqual({ width: 20, height: 40 });
  });
});
