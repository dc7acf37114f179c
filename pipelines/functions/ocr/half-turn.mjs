/** Lines that stand on their head: found by the direction classifier, turned here. */
import { trueWidth } from './line-input.mjs';

/** The classifier must be this sure before a line is turned; wrongly turned is worse than wrongly left. */
const CERTAIN = 0.9;

/** @param {{ shape: number[], data: Float32Array }} probabilities [n, 2]: upright, upside down @returns {boolean[]} */
export function upsideDown({ shape, data }) {
  return Array.from({ length: shape[0] }, (_, line) => data[line * 2 + 1] > CERTAIN);
}

/**
 * @param {{ datatype: 'UINT8', shape: number[], data: Uint8Array }} crops RGBA lines [n, 48, width, 4]
 * @param {boolean[]} turned per line
 * @returns {{ datatype: 'UINT8', shape: number[], data: Uint8Array }} the chosen lines turned by 180 degrees, their padding still at the right
 */
export function turnLines(crops, turned) {
  if (!turned.includes(true)) return crops;
  const [, height, width] = crops.shape;
  const data = new Uint8Array(crops.data);
  // One RGBA pixel is one 32-bit word; the copy starts at 0 of its buffer, so words are aligned.
  const pixels = new Uint32Array(data.buffer, 0, data.length / 4);
  turned.forEach((turn, line) => {
    if (turn) turnLine(pixels.subarray(line * height * width, (line + 1) * height * width), width, trueWidth(crops, line));
  });
  return { ...crops, data };
}

/** @param {Uint32Array} pixels of one line @param {number} width @param {number} used */
function turnLine(pixels, width, used) {
  const rows = Array.from({ length: pixels.length / width }, (_, row) => pixels.slice(row * width, row * width + used).reverse());
  rows.reverse().forEach((row, index) => pixels.set(row, index * width));
}
