import { describe, expect, it } from '@jest/globals';
import { chooseTimeLimit } from './time-limit.ts';

describe('the time limit of a request', () => {
  it.each([
    ['the timeout parameter, in microseconds, before all else', { timeout: 250_000 }, 5000, 250],
    ['a timeout below a millisecond', { timeout: 500 }, undefined, 0.5],
    ['a timeout that came as a big integer', { timeout: 2_000_000n }, undefined, 2000],
    ['the limit of the transport', {}, 5000, 5000],
    ['the default of the pipeline', {}, undefined, 10_000],
  ])('is %s', (_title, parameters, transportMs, expected) => {
    expect(chooseTimeLimit({ parameters, transportMs, defaultMs: 10_000 })).toBe(expected);
  });

  it.each([[0], [-1], [1.5], ['250000'], [true], [1e18], [Number.NaN], [{ seconds: 1 }]])('is never taken from timeout = %p', (timeout) => {
    expect(() => chooseTimeLimit({ parameters: { timeout }, transportMs: 5000, defaultMs: 1 })).toThrow(expect.objectContaining({ code: 'PARAMETER_INVALID' }));
  });
});
