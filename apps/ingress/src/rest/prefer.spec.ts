import { describe, expect, it } from '@jest/globals';
import { parsePrefer } from './prefer.ts';

describe('the Prefer header', () => {
  it.each([
    [undefined, false, undefined],
    ['', false, undefined],
    ['respond-async', true, undefined],
    ['Respond-Async, wait=10', true, 10_000],
    ['wait=3', false, 3000],
    ['wait="3"', false, 3000],
    ['respond-async; foo=bar, handling=lenient', true, undefined],
    ['wait=0, respond-async', true, 0],
  ])('%p asks for async = %p, wait = %p', (header, respondAsync, waitMs) => {
    expect(parsePrefer(header)).toEqual({ respondAsync, waitMs });
  });

  it.each(['wait=', 'wait', 'wait=-1', 'wait=1.5', 'wait=soon', 'wait=9999999'])('with %p is refused', (header) => {
    expect(() => parsePrefer(header)).toThrow(expect.objectContaining({ code: 'PARAMETER_INVALID' }));
  });
});
