import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '#common/errors';
import type { ErrorCode } from '#common/errors';
import { HTTP_STATUS } from './http-status.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('the HTTP status of an error', () => {
  it('is there for every code, in sorted order', () => {
    expect(Object.keys(HTTP_STATUS)).toEqual([...codes].sort());
  });

  it.each(codes.filter((code) => ERROR_CODES[code].kind === 'capacity'))('is 503 when we are full or not there: %s', (code) => {
    expect(HTTP_STATUS[code]).toBe(503);
  });

  it.each(codes.filter((code) => ERROR_CODES[code].kind === 'stage'))('is 500 when a stage failed: %s', (code) => {
    expect(HTTP_STATUS[code]).toBe(500);
  });

  it.each([
    ['TENSOR_SHAPE_MISMATCH', 400], ['MODEL_NOT_FOUND', 404], ['REQUEST_EXPIRED', 410], ['PAYLOAD_TOO_LARGE', 413],
    ['UNSUPPORTED_ENCODING', 415], ['OVERLOADED', 503], ['DEADLINE_EXCEEDED', 504],
  ] as const)('of %s is %d', (code, status) => {
    expect(HTTP_STATUS[code]).toBe(status);
  });
});
