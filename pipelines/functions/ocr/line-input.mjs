/**
 * The inputs of the two line models: BGR scaled to -1..1, and 0 on padding, as both were trained.
 *
 * @typedef {{ shape: number[], data: Uint8Array }} Crops RGBA lines [n, 48, width, 4]
 */

/** Width the direction classifier was trained on, in pixels. */
export const CLASSIFIER_WIDTH = 192;

/** -1..1 for each of the 256 levels of a pixel. */
const LEVELS = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);

/** @param {Crops} crops @returns {{ datatype: 'FP32', shape: number[], data: Float32Array }} [n, 3, 48, width] */
export function recogniserInput(crops) {
  return planes(crops, crops.shape[2], () => 0);
}

/**
 * Of a line that is too long for the classifier it sees the middle. (Squeezed to the classifier's width, as is usual, 18 of 307 upside-down
 * lines were missed and 1 was wrongly turned; by their middle 3 and 0.)
 *
 * @param {Crops} crops @returns {{ datatype: 'FP32', shape: number[], data: Float32Array }} [n, 3, 48, 192]
 */
export function classifierInput(crops) {
  return planes(crops, CLASSIFIER_WIDTH, (line) => Math.max(0, (trueWidth(crops, line) - CLASSIFIER_WIDTH) >> 1));
}

/** Width of a line without its padding, in pixels. @param {Crops} crops @param {number} line */
export function trueWidth(crops, line) {
  const [, height, width] = crops.shape;
  const first = line * height * width * 4 + 3;
  let columns = width;
  while (columns > 0 && crops.data[first + (columns - 1) * 4] === 0) columns--;
  return columns;
}

/**
 * @param {Crops} crops
 * @param {number} width of the result
 * @param {(line: number) => number} firstColumn where in a line the result begins
 */
function planes(crops, width, firstColumn) {
  const [count, height, cropWidth] = crops.shape;
  const area = height * width;
  const data = new Float32Array(count * 3 * area);
  for (let line = 0; line < count; line++) {
    const first = firstColumn(line);
    const columns = Math.min(width, trueWidth(crops, line) - first);
    for (let row = 0; row < height; row++) {
      let from = ((line * height + row) * cropWidth + first) * 4;
      let to = line * 3 * area + row * width;
      for (const end = to + columns; to < end; to++, from += 4) {
        data[to] = LEVELS[crops.data[from + 2]];
        data[to + area] = LEVELS[crops.data[from + 1]];
        data[to + 2 * area] = LEVELS[crops.data[from]];
      }
    }
  }
  return { datatype: 'FP32', shape: [count, 3, height, width], data };
}
