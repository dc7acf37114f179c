/**
 * Writes the files of this folder that must be refused: `node pipelines/samples/ocr/bad/make-bad.mjs [folder]`.
 * The truncated JPEG is the first half of a sample; the PNG is whole and valid: 50,000 x 50,000 black pixels, 312 MB when inflated.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, createDeflate } from 'node:zlib';

const folder = process.argv[2] ?? import.meta.dirname;
const SIDE = 50_000;

const whole = await readFile(join(import.meta.dirname, '..', 'sign-caution.jpg'));
await writeFile(join(folder, 'truncated.jpg'), whole.subarray(0, whole.length >> 1));
await writeFile(join(folder, 'empty.png'), new Uint8Array(0));
await writeFile(join(folder, 'not-an-image.png'), 'This is a text file, whatever its name says.\n');
await writeFile(join(folder, 'huge.png'), await blackPng(SIDE));

/** A greyscale PNG of one bit a pixel. @param {number} side in pixels */
async function blackPng(side) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', await deflatedZeros(side, Math.ceil(side / 8) + 1)), chunk('IEND', Buffer.alloc(0))]);
}

/** @param {number} rows @param {number} rowBytes @returns {Promise<Buffer>} */
async function deflatedZeros(rows, rowBytes) {
  const deflate = createDeflate({ level: 9 });
  const parts = deflate.toArray();
  const row = Buffer.alloc(rowBytes);
  for (let i = 0; i < rows; i++) {
    if (!deflate.write(row)) await new Promise((resolve) => deflate.once('drain', resolve));
  }
  deflate.end();
  return Buffer.concat(await parts);
}

/** @param {string} name four letters @param {Buffer} data */
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}
