import { describe, expect, it } from '@jest/globals';
import { restartPauseMs } from './restart-pause.ts';

describe('restartPauseMs', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 100],
    [3, 200],
    [4, 400],
    [10, 25_600],
    [11, 30_000],
    [5_000, 30_000],
  ])('after %d fruitless starts in a row waits %d ms', (fruitless, pauseMs) => {
    expect(restartPauseMs(fruitless)).toBe(pauseMs);
  });
});
