import { describe, expect, it } from '@jest/globals';
import { combine } from './combine.ts';
import type { Member } from './combine.ts';

function member(name: string, values: readonly number[], weight = 1): Member {
  return { name, data: Float64Array.from(values), weight };
}

describe('combine', () => {
  const one = [member('a', [0.75, 0.25, 0]), member('b', [0.25, 0.5, 0.25])];

  it.each([
    { method: 'mean', members: one, probabilities: [0.5, 0.375, 0.125], label: [0] },
    { method: 'max', members: one, probabilities: [0.75, 0.5, 0.25], label: [0] },
    { method: 'vote', members: one, probabilities: [0.5, 0.5, 0], label: [0] },
    { method: 'weighted-mean', members: [member('a', [1, 0], 1), member('b', [0, 1], 3)], probabilities: [0.25, 0.75], label: [1] },
    { method: 'mean', members: [member('only', [0.25, 0.75])], probabilities: [0.25, 0.75], label: [1] },
  ] as const)('$method of members with one row', ({ method, members, probabilities, label }) => {
    const combined = combine(method, members, probabilities.length);
    expect([...combined.probabilities]).toEqual(probabilities);
    expect([...combined.label].map(Number)).toEqual(label);
  });

  it('treats each row by itself', () => {
    const { label, probabilities } = combine('mean', [member('a', [1, 0, 0, 1]), member('b', [0.5, 0.5, 0.5, 0.5])], 2);
    expect([...probabilities]).toEqual([0.75, 0.25, 0.25, 0.75]);
    expect([...label]).toEqual([0n, 1n]);
  });

  it('lets the majority win a vote, however sure the minority is', () => {
    const { label, probabilities } = combine('vote', [member('a', [0.51, 0.49]), member('b', [0.51, 0.49]), member('c', [0, 1])], 2);
    expect([...label]).toEqual([0n]);
    expect(probabilities[0]).toBeCloseTo(2 / 3, 12);
  });

  it('gives a tied vote to the class with the higher sum', () => {
    expect([...combine('vote', [member('a', [0.6, 0.4]), member('b', [0.1, 0.9])], 2).label]).toEqual([1n]);
    expect([...combine('vote', [member('a', [0.9, 0.1]), member('b', [0.4, 0.6])], 2).label]).toEqual([0n]);
  });

  it('finds a tie between many members although thirds and sevenths are not exact', () => {
    const votes = [0, 1, 0, 1, 0, 1, 2].map((winner, i) => member(`m${i}`, [0, 1, 2].map((c) => (c === winner ? 0.5 + c / 10 : 0.2))));
    expect([...combine('vote', votes, 3).label]).toEqual([1n]);
  });

  it('gives the first of equal classes', () => {
    expect([...combine('mean', [member('a', [0.5, 0.5])], 2).label]).toEqual([0n]);
  });

  it('never lets NaN win a row', () => {
    expect([...combine('mean', [member('a', [NaN, 0.1, 0.2])], 3).label]).toEqual([2n]);
    expect([...combine('mean', [member('a', [NaN, NaN])], 2).label]).toEqual([0n]);
  });

  it('answers no rows for no rows', () => {
    const { label, probabilities } = combine('vote', [member('a', []), member('b', [])], 4);
    expect([label.length, probabilities.length]).toEqual([0, 0]);
  });

  it('refuses weights that add up to nothing', () => {
    expect(() => combine('weighted-mean', [member('a', [1], 0), member('b', [1], 0)], 1)).toThrow(/must add up to more than 0, not 0/);
  });
});
