/**
 * From the detector's probability map to boxes of text lines (the post-processing of Differentiable Binarization):
 * threshold, regions, smallest rectangle, score, grow.
 */
import { regions } from './components.mjs';
import { corners, smallestRectangle, unclip } from './rectangle.mjs';
import { alongText } from './text-direction.mjs';

/** A pixel is text above this probability. */
const PIXEL_THRESHOLD = 0.3;
/** A box is kept when the mean probability inside it is at least this. */
const BOX_THRESHOLD = 0.5;
/** Shortest side of a region, in detector pixels; smaller ones are specks. */
const SMALLEST_SIDE = 3;
/** How far a box grows; see `unclip`. */
const UNCLIP_RATIO = 1.6;

/**
 * @param {Float32Array} map probability per pixel of the detector's input, row by row
 * @param {number} width @param {number} height of the map
 * @param {{ width: number, height: number, scaleX: number, scaleY: number }} image original size in pixels, and map pixels per image pixel
 * @returns {Array<Array<[number, number]>>} per line four corners in pixels of the image, clockwise from where the text starts
 */
export function textBoxes(map, width, height, image) {
  const found = [];
  for (const outline of regions(map, width, height, PIXEL_THRESHOLD)) {
    const tight = smallestRectangle(outline);
    if (Math.min(tight.width, tight.height) < SMALLEST_SIDE) continue;
    if (meanInside(map, width, height, corners(tight)) < BOX_THRESHOLD) continue;
    found.push(unclip(tight, UNCLIP_RATIO));
  }
  return alongText(found).map((rectangle) => corners(rectangle).map(([x, y]) => [clamp(x / image.scaleX, image.width), clamp(y / image.scaleY, image.height)]));
}

/** @param {number} value @param {number} most */
function clamp(value, most) {
  return Math.min(Math.max(value, 0), most);
}

/**
 * Mean of the map over the pixels whose centre lies in a convex polygon.
 *
 * @param {Float32Array} map @param {number} width @param {number} height
 * @param {Array<[number, number]>} polygon
 */
export function meanInside(map, width, height, polygon) {
  const ys = polygon.map(([, y]) => y);
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, Math.floor(Math.min(...ys))); y < Math.min(height, Math.ceil(Math.max(...ys))); y++) {
    const [from, to] = span(polygon, y + 0.5);
    for (let x = Math.max(0, Math.ceil(from - 0.5)); x <= Math.min(width - 1, Math.floor(to - 0.5)); x++) {
      sum += map[y * width + x];
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Where a horizontal line enters and leaves a convex polygon. @param {Array<[number, number]>} polygon @param {number} y */
function span(polygon, y) {
  let [from, to] = [Infinity, -Infinity];
  polygon.forEach(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length];
    if (ay === by || y < Math.min(ay, by) || y > Math.max(ay, by)) return;
    const x = ax + ((y - ay) / (by - ay)) * (bx - ax);
    from = Math.min(from, x);
    to = Math.max(to, x);
  });
  return [from, to];
}
