/**
 * Least number of characters to insert, drop or change to make one text of the other (Levenshtein).
 *
 * @param {string} a @param {string} b @returns {number}
 */
export function editDistance(a, b) {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const change = previous[j] + (a[i] === b[j] ? 0 : 1);
      row.push(Math.min(change, previous[j + 1] + 1, row[j] + 1));
    }
    previous = row;
  }
  return previous[b.length];
}
