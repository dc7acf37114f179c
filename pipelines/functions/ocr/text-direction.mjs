/**
 * Along which side of its box a line runs. A long box says it itself; one that is a little taller than wide may be a single "1" on an
 * upright page or a short word on a turned one, so it follows the rest of the page.
 *
 * @typedef {import('./rectangle.mjs').Rectangle} Rectangle
 */
import { quarterTurn } from './rectangle.mjs';

/** From this height by width on a box may hold a line that runs downwards. */
const TALL = 1.5;
/** From here on it does; a single character, grown by the detector's margin, stays below. */
const SURELY_DOWNWARDS = 4;

/**
 * @param {readonly Rectangle[]} boxes their width within 45 degrees of the x axis
 * @returns {Rectangle[]} the same boxes, their width along the text; a line across the page then runs downwards
 */
export function alongText(boxes) {
  let [across, down] = [0, 0];
  for (const { width, height } of boxes) {
    if (height >= SURELY_DOWNWARDS * width) down += height;
    else if (height < TALL * width) across += width;
  }
  const least = down > across ? TALL : SURELY_DOWNWARDS;
  return boxes.map((box) => (box.height >= least * box.width ? quarterTurn(box) : box));
}
