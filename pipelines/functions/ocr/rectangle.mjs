/**
 * Rectangles at any angle. A rectangle is its centre, its side lengths and the unit vector along its width;
 * y grows downwards, so the vector along the height is (-uy, ux).
 *
 * @typedef {{ x: number, y: number, width: number, height: number, ux: number, uy: number }} Rectangle
 * @typedef {Array<[x: number, y: number]>} Points
 */

/**
 * Convex hull by Andrew's monotone chain.
 *
 * @param {Points} points @returns {Points} the corners in order, without repeats or collinear points
 */
export function convexHull(points) {
  const sorted = [...points].sort(([ax, ay], [bx, by]) => ax - bx || ay - by);
  if (sorted.length < 3) return sorted;
  const lower = chain(sorted);
  const upper = chain(sorted.reverse());
  return [...lower.slice(0, -1), ...upper.slice(0, -1)];
}

/** @param {Points} sorted @returns {Points} */
function chain(sorted) {
  const hull = [];
  for (const point of sorted) {
    while (hull.length >= 2 && turn(hull.at(-2), hull.at(-1), point) <= 0) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** @param {number[]} a @param {number[]} b @param {number[]} c */
function turn(a, b, c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/**
 * The smallest rectangle around the points: one of its sides lies on a side of their hull.
 * Its width runs within 45 degrees of the x axis, to the right.
 *
 * @param {Points} points at least two that differ
 * @returns {Rectangle}
 */
export function smallestRectangle(points) {
  const hull = convexHull(points);
  let best;
  for (let i = 0; i < hull.length; i++) {
    const [ax, ay] = hull[i];
    const [bx, by] = hull[(i + 1) % hull.length];
    const length = Math.hypot(bx - ax, by - ay);
    const candidate = rectangleAlong(hull, (bx - ax) / length, (by - ay) / length);
    if (!best || candidate.width * candidate.height < best.width * best.height) best = candidate;
  }
  return rightwards(best);
}

/** @param {Points} points @param {number} ux @param {number} uy @returns {Rectangle} */
function rectangleAlong(points, ux, uy) {
  const along = points.map(([x, y]) => x * ux + y * uy);
  const across = points.map(([x, y]) => y * ux - x * uy);
  const [left, right] = [Math.min(...along), Math.max(...along)];
  const [top, bottom] = [Math.min(...across), Math.max(...across)];
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  return { x: u * ux - v * uy, y: u * uy + v * ux, width: right - left, height: bottom - top, ux, uy };
}

/** @param {Rectangle} rectangle @returns {Rectangle} the same one, its width within 45 degrees of the x axis, to the right */
function rightwards(rectangle) {
  let turned = rectangle;
  if (Math.abs(turned.uy) > Math.abs(turned.ux)) turned = quarterTurn(turned);
  return turned.ux < 0 ? { ...turned, ux: -turned.ux, uy: -turned.uy } : turned;
}

/** The same rectangle seen from the side: its width runs where its height ran. @param {Rectangle} r @returns {Rectangle} */
export function quarterTurn(r) {
  return { ...r, width: r.height, height: r.width, ux: -r.uy, uy: r.ux };
}

/**
 * Moves every side outwards by area * ratio / perimeter: undoes the shrinking that the detector was trained with
 * (Differentiable Binarization, arXiv:1911.08947, 3.5).
 *
 * @param {Rectangle} rectangle @param {number} ratio @returns {Rectangle}
 */
export function unclip(rectangle, ratio) {
  const { width, height } = rectangle;
  const distance = (width * height * ratio) / (2 * (width + height));
  return { ...rectangle, width: width + 2 * distance, height: height + 2 * distance };
}

/**
 * @param {Rectangle} r
 * @returns {Points} four corners; the first is where the text starts, at its top, then along the text and around
 */
export function corners({ x, y, width, height, ux, uy }) {
  const [ax, ay] = [(ux * width) / 2, (uy * width) / 2];
  const [bx, by] = [(-uy * height) / 2, (ux * height) / 2];
  return [
    [x - ax - bx, y - ay - by],
    [x + ax - bx, y + ay - by],
    [x + ax + bx, y + ay + by],
    [x - ax + bx, y - ay + by],
  ];
}
