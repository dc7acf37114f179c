/** Connected regions of a probability map. */

/**
 * @typedef {Array<[x: number, y: number]>} Points
 */

/**
 * Regions of neighbours (8-connected) above a threshold.
 *
 * @param {Float32Array} map one probability per pixel, row by row
 * @param {number} width @param {number} height in pixels
 * @param {number} threshold
 * @returns {Points[]} per region the outer corners of the first and last pixel of each of its rows: enough for its convex hull
 */
export function regions(map, width, height, threshold) {
  const seen = new Uint8Array(width * height);
  const stack = new Int32Array(width * height);
  const found = [];
  for (let start = 0; start < map.length; start++) {
    if (seen[start] || map[start] <= threshold) continue;
    found.push(outline(flood(start)));
  }
  return found;

  /** @param {number} start @returns {Map<number, [number, number]>} first and last column by row */
  function flood(start) {
    const rows = new Map();
    let depth = 0;
    stack[depth++] = start;
    seen[start] = 1;
    while (depth > 0) {
      const pixel = stack[--depth];
      const x = pixel % width;
      const y = (pixel - x) / width;
      widen(rows, x, y);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const next = ny * width + nx;
          if (seen[next] || map[next] <= threshold) continue;
          seen[next] = 1;
          stack[depth++] = next;
        }
      }
    }
    return rows;
  }
}

/** @param {Map<number, [number, number]>} rows @param {number} x @param {number} y */
function widen(rows, x, y) {
  const row = rows.get(y);
  if (!row) rows.set(y, [x, x]);
  else if (x < row[0]) row[0] = x;
  else if (x > row[1]) row[1] = x;
}

/** @param {Map<number, [number, number]>} rows @returns {Points} */
function outline(rows) {
  return [...rows].flatMap(([y, [first, last]]) => [
    [first, y],
    [first, y + 1],
    [last + 1, y],
    [last + 1, y + 1],
  ]);
}
