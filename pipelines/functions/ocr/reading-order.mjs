/**
 * The order in which a person reads the lines of a page: rows from top to bottom, within a row from left to right,
 * where "top" and "left" follow the direction of the text, not of the image.
 *
 * @typedef {ArrayLike<number>} Box eight numbers: four corners x, y, clockwise from where the text starts
 */

/** Two boxes share a row when their centres differ by less than this part of the lower one's height. */
const SAME_ROW = 0.5;

/**
 * @param {readonly Box[]} boxes @returns {number[]} indices into `boxes`, in reading order
 */
export function readingOrder(boxes) {
  const { ux, uy } = direction(boxes);
  const placed = boxes.map((box, index) => {
    const [x, y] = centre(box);
    return { index, along: x * ux + y * uy, across: y * ux - x * uy, height: Math.hypot(box[6] - box[0], box[7] - box[1]) };
  });
  return rows(placed).flatMap((row) => row.sort((a, b) => a.along - b.along).map(({ index }) => index));
}

/** Unit vector of the text: the mean over the boxes, longer lines counting more. @param {readonly Box[]} boxes */
function direction(boxes) {
  let [x, y] = [0, 0];
  for (const box of boxes) {
    x += box[2] - box[0];
    y += box[3] - box[1];
  }
  const length = Math.hypot(x, y) || 1;
  return { ux: x / length, uy: y / length };
}

/** @param {Box} box */
function centre(box) {
  return [(box[0] + box[2] + box[4] + box[6]) / 4, (box[1] + box[3] + box[5] + box[7]) / 4];
}

/** @template {{ across: number, height: number }} T @param {T[]} placed @returns {T[][]} */
function rows(placed) {
  const result = [];
  for (const item of [...placed].sort((a, b) => a.across - b.across)) {
    const row = result.at(-1);
    const last = row?.at(-1);
    if (last && item.across - last.across < SAME_ROW * Math.min(item.height, last.height)) row.push(item);
    else result.push([item]);
  }
  return result;
}
