import { expect, it } from '@jest/globals';
import { closeAtMs } from './batch-policy.ts';
import type { OpenBatch } from './batch-policy.ts';

const OPEN: OpenBatch = { rows: 3, oldestAtMs: 1_000, nearestDeadlineMs: 9_000, computeMs: 10, othersWait: false };
const SPEC = { max: 8, withinMs: 20 };

it.each<[string, Partial<OpenBatch>, Partial<typeof SPEC>, number]>([
  ['waits for others until its oldest has waited long enough', {}, {}, 1_020],
  ['closes at once when nothing is to be waited for', {}, { withinMs: 0 }, 0],
  ['closes at once when it is full', { rows: 8 }, {}, 0],
  ['closes at once when a request alone is larger than a batch', { rows: 12 }, {}, 0],
  ['closes at once when others need the executor', { othersWait: true }, {}, 0],
  ['closes early enough for its most urgent request', { nearestDeadlineMs: 1_030 }, {}, 1_010],
])('a batch %s', (_title, batch, spec, expected) => {
  expect(closeAtMs({ ...OPEN, ...batch }, { ...SPEC, ...spec })).toBe(expected);
});
