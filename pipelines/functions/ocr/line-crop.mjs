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
 * @param {{ width: number, height: number, data: Uint8Array }} image RGB, [height, width, 3]
 * @param {ArrayLike<number>} box eight numbers: four corners in pixels of the image, clockwise from where the text starts
 * @returns {{ datatype: 'UINT8', shape: number[], data: Uint8Array }}
 */
export function cropLine(image, box) {
  const [x0, y0, x1, y1, , , x3, y3] = box;
  const length = Math.hypot(x1 - x0, y1 - y0);
  const thickness = Math.max(Math.hypot(x3 - x0, y3 - y0), 1);
  const width = Math.min(WIDEST, Math.max(1, Math.round((LINE_HEIGHT * length) / thickness)));
  const padded = Math.ceil(width / WIDTH_STEP) * WIDTH_STEP;
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
  for (let row = 0; row < LINE_HEIGHT; row++) {
    for (let column = 0; column < width; column++) sample(image, grid, row, column, data, (row * padded + column) * 4);
  }
  return { datatype: 'UINT8', shape: [1, LINE_HEIGHT, padded, 4], data };
}

/**
 * Mean of samples x samples bilinear looks into the image, written as one RGBA pixel.
 *
 * @param {{ width: number, height: number, data: Uint8Array }} image
 * @param {{ x: number, y: number, columnX: number, columnY: number, rowX: number, rowY: number, samples: number }} grid
 * @param {number} row @param {number} column @param {Uint8Array} to @param {number} at
 */
function sample(image, grid, row, column, to, at) {
  const { samples } = grid;
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < samples; j++) {
      const c = column + (j + 0.5) / samples;
      const r = row + (i + 0.5) / samples;
      const x = Math.min(Math.max(grid.x + c * grid.columnX + r * grid.rowX - 0.5, 0), image.width - 1);
      const y = Math.min(Math.max(grid.y + c * grid.columnY + r * grid.rowY - 0.5, 0), image.height - 1);
      const left = Math.min(Math.floor(x), Math.max(0, image.width - 2));
      const top = Math.min(Math.floor(y), Math.max(0, image.height - 2));
      const a = (top * image.width + left) * 3;
      const b = image.width > 1 ? a + 3 : a;
      const down = image.height > 1 ? image.width * 3 : 0;
      const [fx, fy] = [x - left, y - top];
      const [wa, wb, wc, wd] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const { data } = image;
      red += data[a] * wa + data[b] * wb + data[a + down] * wc + data[b + down] * wd;
      green += data[a + 1] * wa + data[b + 1] * wb + data[a + down + 1] * wc + data[b + down + 1] * wd;
      blue += data[a + 2] * wa + data[b + 2] * wb + data[a + down + 2] * wc + data[b + down + 2] * wd;
    }
  }
  const looks = samples * samples;
  to[at] = red / looks + 0.5;
  to[at + 1] = green / looks + 0.5;
  to[at + 2] = blue / looks + 0.5;
  to[at + 3] = 255;
}
