/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
function distance(left: string, right: string): number {
  const rows: number[][] = [];
  for (let i = 0; i <= left.length; i += 1) {
    const row: number[] = [i];
    for (let j = 1; j <= right.length; j += 1) row.push(i === 0 ? j : cheapest(rows, row, { left, right, i, j }));
    rows.push(row);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

interface Cell {
  readonly left: string;
  readonly right: string;
  readonly i: number;
  readonly j: number;
}

function cheapest(rows: readonly number[][], row: readonly number[], { left, right, i, j }: Cell): number {
  const above = rows[i - 1] ?? [];
  const replaced = (above[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
  const best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
  const swapped = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1] && i > 1 && j > 1;
  return swapped ? Math.min(best, (rows[i - 2]?.[j - 2] ?? 0) + 1) : best;
}

/** The known name that was probably meant, or undefined when none is near (more than a third of the letters differ). */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = distance(name, candidate);
    if (edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name: candidate, edits };
  }
  return best !== undefined && best.edits <= Math.ceil(name.length / 3) ? best.name : undefined;
}
