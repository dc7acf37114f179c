/**
 * The input of the PP-OCRv4 text detector: BGR, ImageNet mean and deviation, sides a multiple of 32.
 * The image is scaled down to `LONGEST_SIDE` at most, never up, and then extended, not stretched, to the multiple.
 */

/** Longest side the detector sees, in pixels. Its time grows with the area. */
export const LONGEST_SIDE = 960;

/** The detector halves its input five times. */
const STRIDE = 32;

const MEAN = [0.485, 0.456, 0.406];
const DEVIATION = [0.229, 0.224, 0.225];

/**
 * @param {{ width: number, height: number }} image in pixels
 * @returns {{ width: number, height: number, right: number, bottom: number }} the scaled size, and what is added to reach the stride
 */
export function detectorSize(image) {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  return { width, height, right: padding(width), bottom: padding(height) };
}

/** @param {number} side */
function padding(side) {
  return (STRIDE - (side % STRIDE)) % STRIDE;
}

/**
 * @param {{ shape: number[], data: Uint8Array }} frame RGB pixels [n, height, width, 3]
 * @returns {{ datatype: 'FP32', shape: number[], data: Float32Array }} [n, 3, height, width]
 */
export function detectorInput(frame) {
  const [count, height, width] = frame.shape;
  const area = height * width;
  const data = new Float32Array(count * 3 * area);
  for (let channel = 0; channel < 3; channel++) {
    const table = normalised(MEAN[channel], DEVIATION[channel]);
    for (let image = 0; image < count; image++) {
      let from = image * area * 3 + (2 - channel);
      let to = (image * 3 + channel) * area;
      for (const end = to + area; to < end; to++, from += 3) data[to] = table[frame.data[from]];
    }
  }
  return { datatype: 'FP32', shape: [count, 3, height, width], data };
}

/** @param {number} mean @param {number} deviation @returns {Float32Array} the value for each of the 256 levels */
function normalised(mean, deviation) {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / deviation);
}
