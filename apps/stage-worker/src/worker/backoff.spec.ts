import { describe, expect, it } from '@jest/globals';
import { backoffCeilingMs, persistDelayMs } from './backoff.ts';

describe('the wait before another try', () => {
  it.each([
    [1, 100],
    [2, 200],
    [5, 1_600],
  ])('doubles for a stage: after attempt %i at most %i ms', (attempt, ceilingMs) => {
    expect(backoffCeilingMs({ attempts: 9, backoffMs: 100 }, attempt)).toBe(ceilingMs);
  });

  it.each([
    [0, 0, 25],
    [0, 1, 50],
    [3, 0, 200],
    [50, 0, 500],
    [50, 1, 1_000],
  ])('grows to a second for a write: try %i, dice %d, %i ms', (tries, unit, delayMs) => {
    expect(persistDelayMs(tries, unit)).toBe(delayMs);
  });
});
