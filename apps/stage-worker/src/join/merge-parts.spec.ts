import { expect, it } from '@jest/globals';
import type { StageTiming } from '#common/envelope';
import { lastPublishedAtMs, mergeTimings } from './merge-parts.ts';

const timing = (stage: string, computeMs: number): StageTiming => ({ stage, attempt: 1, queueMs: 1, batchMs: 2, computeMs, batchRows: 1 });

it('keeps what parts share once, and what each has for itself', () => {
  const shared = timing('decode', 5);
  const parts = [{ timings: [shared, timing('left', 1)] }, { timings: [{ ...shared }, timing('right', 2)] }, { timings: [shared, timing('left', 3)] }];
  expect(mergeTimings(parts).map(({ stage, computeMs }) => [stage, computeMs])).toEqual([['decode', 5], ['left', 1], ['right', 2], ['left', 3]]);
});

it('leaves a single part as it is', () => {
  const timings = [timing('decode', 5)];
  expect(mergeTimings([{ timings }])).toBe(timings);
  expect(mergeTimings([])).toEqual([]);
});

it('counts the wait from the part that came last', () => {
  expect(lastPublishedAtMs([{ publishedAtMs: 10 }, { publishedAtMs: 30 }, { publishedAtMs: 20 }])).toBe(30);
});
