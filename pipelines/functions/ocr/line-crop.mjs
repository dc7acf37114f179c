/**
 * One text line cut out of the image, upright and 48 pixels high: RGBA, [1, 48, width, 4].
 * Alpha is 255 on pixels of the image and 0 on the padding at the right, so the crop carries its own true width.
 */

/** Height both line models were trained on, in pixels. */
export const LINE_HEIGHT = 48;
/** Widths are padded to a multiple of this, so that lines of similar length share a batch. */
export const WIDTH_STEP = 32;
/** A longer line is squeezed: it bounds the time of one recognition. */
const WIDEST = 3200;

/**
 * @param {ArrayLike<number>} box as `cropLine` takes it
 * @returns {{ thickness: number, width: number, padded: number }} height of the line in the image, and its width once 48 pixels high, without
 *   and with padding; all in pixels
 */
export function lineSize(box) {
  const length = Math.hypot(box[2] - box[0], box[3] - box[1]);
  const thickness = Math.max(Math.hypot(box[6] - box[0], box[7] - box[1]), 1);
  const width = Math.min(WIDEST, Math.max(1, Math.round((LINE_HEIGHT * length) / thickness)));
  return { thickness, width, padded: Math.ceil(width / WIDTH_STEP) * WIDTH_STEP };
}

/**
 * @param {{ width: number, height: number, data: Uint8Array }} image RGB, [height, width, 3]
 * @param {ArrayLike<number>} box eight numbers: four corners in pixels of the image, clockwise from where the text starts
 * @returns {{ datatype: 'UINT8', shape: number[], data: Uint8Array }}
 */
export function cropLine(image, box) {
  const [x0, y0, x1, y1, , , x3, y3] = box;
  const { thickness, width, padded } = lineSize(box);
  const grid = {
    x: x0,
    y: y0,
    columnX: (x1 - x0) / width,
    columnY: (y1 - y0) / width,
    rowX: (x3 - x0) / LINE_HEIGHT,
    rowY: (y3 - y0) / LINE_HEIGHT,
    // Shrinking by more than half again would skip source pixels: average several samples per pixel.
    samples: Math.min(8, Math.max(1, Math.round(thickness / LINE_HEIGHT))),
  };
  const data = new Uint8Array(LINE_HEIGHT * padded * 4);
  const sum = new Float64Array(3);
  for (let row = 0; row < LINE_HEIGHT; row++) {
    let at = row * padded * 4;
    for (let column = 0; column < width; column++, at += 4) {
      average(image, grid, row, column, sum);
      data[at] = sum[0] + 0.5;
      data[at + 1] = sum[1] + 0.5;
      data[at + 2] = sum[2] + 0.5;
      data[at + 3] = 255;
    }
  }
  return { datatype: 'UINT8', shape: [1, LINE_HEIGHT, padded, 4], data };
}

/**
 * Mean of samples x samples looks into the image.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image
 * @param {{ x: number, y: number, columnX: number, columnY: number, rowX: number, rowY: number, samples: number }} grid
 * @param {number} row @param {number} column of the line
 * @param {Float64Array} sum takes red, green and blue
 */
function average(image, grid, row, column, sum) {
  const { samples } = grid;
  const weight = 1 / (samples * samples);
  sum.fill(0);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < samples; j++) {
      const c = column + (j + 0.5) / samples;
      const r = row + (i + 0.5) / samples;
      look(image, grid.x + c * grid.columnX + r * grid.rowX - 0.5, grid.y + c * grid.columnY + r * grid.rowY - 0.5, weight, sum);
    }
  }
}

/**
 * Adds the bilinear value at a point; outside the image its edge goes on.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image
 * @param {number} x @param {number} y pixel centres are whole numbers
 * @param {number} weight @param {Float64Array} sum
 */
function look({ width, height, data }, x, y, weight, sum) {
  const cx = x < 0 ? 0 : x > width - 1 ? width - 1 : x;
  const cy = y < 0 ? 0 : y > height - 1 ? height - 1 : y;
  const left = Math.floor(cx);
  const top = Math.floor(cy);
  const fx = cx - left;
  const fy = (cy - top) * weight;
  const gy = weight - fy;
  const a = (top * width + left) * 3;
  const b = left + 1 < width ? a + 3 : a;
  const down = top + 1 < height ? width * 3 : 0;
  for (let channel = 0; channel < 3; channel++) {
    const above = data[a + channel] + (data[b + channel] - data[a + channel]) * fx;
    const below = data[a + down + channel] + (data[b + down + channel] - data[a + down + channel]) * fx;
    sum[channel] += above * gy + below * fy;
  }
}
