import { AppError } from '#common/errors';
import type { EnsembleSpec } from '#common/pipeline';

/** One member's numbers: [n, ...] with classes on the last axis, flat and row-major. */
export interface Member {
  readonly name: string;
  readonly data: Float32Array | Float64Array;
  readonly weight: number;
}

export interface Combined {
  /** As long as each member's data: the mean, the maximum, or (for `vote`) each class's share of the votes. */
  readonly probabilities: Float64Array;
  /** The winning class of each row (a row = one run of `classes` numbers). */
  readonly label: BigInt64Array;
}

/**
 * Combines members of equal size, at least one. `classes` = size of the last axis, above 0. A NaN never wins a row; a row of nothing else
 * has the label 0.
 */
export function combine(method: EnsembleSpec['method'], members: readonly Member[], classes: number): Combined {
  const size = members[0]?.data.length ?? 0;
  if (method === 'vote') return vote(members, size, classes);
  const probabilities = method === 'max' ? maximum(members, size) : weightedMean(members, size);
  return { probabilities, label: labels(probabilities, classes) };
}

/** `mean` is the weighted mean with equal weights. The weights need not add up to 1, but to more than 0. */
function weightedMean(members: readonly Member[], size: number): Float64Array {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) throw new AppError('STAGE_FAILED', `The weights of an ensemble must add up to more than 0, not ${total}.`, { retryable: false });
  const mean = new Float64Array(size);
  for (const { data, weight } of members) {
    for (let i = 0; i < size; i += 1) mean[i]! += ((data[i] as number) * weight) / total;
  }
  return mean;
}

function maximum(members: readonly Member[], size: number): Float64Array {
  const highest = new Float64Array(size).fill(-Infinity);
  for (const { data } of members) {
    for (let i = 0; i < size; i += 1) highest[i] = Math.max(highest[i] as number, data[i] as number);
  }
  return highest;
}

/** Each member votes for its best class; most votes win, a tie goes to the class with the higher sum of the members' numbers. */
function vote(members: readonly Member[], size: number, classes: number): Combined {
  const shares = new Float64Array(size);
  const label = new BigInt64Array(size / classes);
  const sums = new Float64Array(classes);
  for (let row = 0; row < label.length; row += 1) {
    const start = row * classes;
    sums.fill(0);
    for (const { data } of members) {
      const winner = argmax(data, start, classes);
      shares[start + winner]! += 1 / members.length;
      for (let c = 0; c < classes; c += 1) sums[c]! += data[start + c] as number;
    }
    label[row] = BigInt(bestOf(shares, sums, start, classes));
  }
  return { probabilities: shares, label };
}

function bestOf(shares: Float64Array, sums: Float64Array, start: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c += 1) {
    const more = (shares[start + c] as number) - (shares[start + best] as number);
    // Shares of equal votes are sums of the same terms, hence exactly equal.
    if (more > 0 || (more === 0 && (sums[c] as number) > (sums[best] as number))) best = c;
  }
  return best;
}

function labels(values: Float64Array, classes: number): BigInt64Array {
  const label = new BigInt64Array(values.length / classes);
  for (let row = 0; row < label.length; row += 1) label[row] = BigInt(argmax(values, row * classes, classes));
  return label;
}

/** Index of the highest number, the first of equal ones. */
function argmax(values: Float32Array | Float64Array, start: number, count: number): number {
  let best = 0;
  let highest = -Infinity;
  for (let i = 0; i < count; i += 1) {
    const value = values[start + i] as number;
    if (value > highest) [best, highest] = [i, value];
  }
  return best;
}
