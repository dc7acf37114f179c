/**
 * The inputs of the two line models: BGR scaled to -1..1, and 0 on padding, as both were trained.
 *
 * @typedef {{ shape: number[], data: Uint8Array }} Crops RGBA lines [n, 48, width, 4]
 */

/** Width the direction classifier was trained on, in pixels. */
export const CLASSIFIER_WIDTH = 192;

/** @param {Crops} crops @returns {{ datatype: 'FP32', shape: number[], data: Float32Array }} [n, 3, 48, width] */
export function recogniserInput(crops) {
  return planes(crops, crops.shape[2], () => (column) => column);
}

/**
 * A line that is too long for the classifier is squeezed to its width.
 *
 * @param {Crops} crops @returns {{ datatype: 'FP32', shape: number[], data: Float32Array }} [n, 3, 48, 192]
 */
export function classifierInput(crops) {
  return planes(crops, CLASSIFIER_WIDTH, (line) => {
    const squeeze = Math.max(1, trueWidth(crops, line) / CLASSIFIER_WIDTH);
    return (column) => Math.floor((column + 0.5) * squeeze);
  });
}

/** Width of a line without its padding, in pixels. @param {Crops} crops @param {number} line */
export function trueWidth(crops, line) {
  const [, height, width] = crops.shape;
  const first = line * height * width * 4 + 3;
  let columns = width;
  while (columns > 0 && crops.data[first + (columns - 1) * 4] === 0) columns--;
  return columns;
}

/** @param {Crops} crops @param {number} width @param {(line: number) => (column: number) => number} sourceColumn */
function planes(crops, width, sourceColumn) {
  const [count, height, cropWidth] = crops.shape;
  const area = height * width;
  const data = new Float32Array(count * 3 * area);
  for (let line = 0; line < count; line++) {
    const from = Array.from({ length: width }, (_, column) => sourceColumn(line)(column));
    for (let row = 0; row < height; row++) {
      const start = (line * height + row) * cropWidth;
      for (let column = 0; column < width; column++) {
        if (from[column] >= cropWidth) break;
        const pixel = (start + from[column]) * 4;
        if (crops.data[pixel + 3] === 0) break;
        const to = line * 3 * area + row * width + column;
        data[to] = crops.data[pixel + 2] / 127.5 - 1;
        data[to + area] = crops.data[pixel + 1] / 127.5 - 1;
        data[to + 2 * area] = crops.data[pixel] / 127.5 - 1;
      }
    }
  }
  return { datatype: 'FP32', shape: [count, 3, height, width], data };
}
