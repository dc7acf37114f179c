import { describe, expect, it } from '@jest/globals';
import { Admission } from './admission.ts';

const LIMITS = { maxRequests: 2, maxBytes: 100 };

describe('admission', () => {
  it('lets in up to the limit and refuses the next with the numbers and when to come back', () => {
    const admission = new Admission(LIMITS);
    admission.enter(1, 0);
    admission.enter(1, 0);
    expect(() => admission.enter(1, 0.3)).toThrow('2 of 2 requests in flight. Retry after 3 s.');
    expect(() => admission.enter(1, 0)).toThrow(expect.objectContaining({ code: 'OVERLOADED', retryable: true, retryAfterMs: 1000 }));
    expect(() => admission.enter(1, 0.999)).toThrow(expect.objectContaining({ retryAfterMs: 4996 }));
  });

  it('refuses what would hold too many bytes', () => {
    const admission = new Admission(LIMITS);
    admission.enter(60, 0);
    expect(() => admission.enter(41, 0)).toThrow('60 of 100 bytes in flight, this request has 41 more. Retry after 1 s.');
    expect(admission.inFlight).toBe(1);
    admission.enter(40, 0);
    expect(admission.inFlight).toBe(2);
  });

  it('lets a single large request in, which would else never be served', () => {
    expect(() => new Admission(LIMITS).enter(1000, 0)).not.toThrow();
  });

  it('gives a place back once, however often it is released', () => {
    const admission = new Admission(LIMITS);
    const release = admission.enter(100, 0);
    admission.enter(0, 0);
    release();
    release();
    expect(admission.inFlight).toBe(1);
    admission.enter(100, 0);
    expect(admission.inFlight).toBe(2);
  });
});
