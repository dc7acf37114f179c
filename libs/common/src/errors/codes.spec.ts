import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES, isErrorCode } from './codes.ts';

describe('the table of error codes', () => {
  const codes = Object.keys(ERROR_CODES);

  it('is sorted by name', () => {
    expect(codes).toEqual([...codes].sort());
  });

  it('has names in capitals and a meaning of one sentence each', () => {
    for (const [code, { meaning }] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(meaning).toMatch(/^[A-Z`].*\.$/);
    }
  });

  it('calls faults of the user not retryable, save a result that is only not ready yet', () => {
    const retryable = Object.entries(ERROR_CODES).filter(([, entry]) => entry.kind === 'user' && entry.retryable);
    expect(retryable.map(([code]) => code)).toEqual(['RESULT_NOT_READY']);
  });

  it('knows its own names and no others', () => {
    expect(codes.every(isErrorCode)).toBe(true);
    expect(['', 'internal', 'toString', '__proto__', 'NEW_CODE'].some(isErrorCode)).toBe(false);
  });
});
