/** A median with the interval that holds the true one in at least 95 of 100 repetitions (order statistics, no assumption on the shape). */
export interface Median {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

export function median(values: readonly number[]): Median {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const at = (index: number): number => sorted[Math.min(count - 1, Math.max(0, index))] ?? Number.NaN;
  const middle = count % 2 === 1 ? at((count - 1) / 2) : (at(count / 2 - 1) + at(count / 2)) / 2;
  const rank = lowRank(count);
  return { median: middle, low: at(rank), high: at(count - 1 - rank), count };
}

/** Ratios pair by pair: the machine's drift hits both sides of a pair alike. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): number[] {
  return numerators.map((numerator, index) => numerator / (denominators[index] ?? Number.NaN));
}

export function formatMedian({ median: middle, low, high }: Median, digits = 2): string {
  return `${middle.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** Largest rank r with P(fewer than r+1 of `count` fair coins) <= 2.5 %: the interval runs from the r-th smallest to the r-th largest. */
function lowRank(count: number): number {
  let probability = 0.5 ** count;
  let cumulative = probability;
  let rank = -1;
  while (cumulative <= 0.025) {
    rank++;
    probability *= (count - rank) / (rank + 1);
    cumulative += probability;
  }
  return Math.max(0, rank);
}
