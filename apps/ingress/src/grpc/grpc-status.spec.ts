import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '#common/errors';
import type { ErrorCode } from '#common/errors';
import { GRPC, GRPC_STATUS } from './grpc-status.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

describe('the gRPC status of an error', () => {
  it('is there for every code, in sorted order', () => {
    expect(Object.keys(GRPC_STATUS)).toEqual([...codes].sort());
  });

  it.each(codes.filter((code) => ERROR_CODES[code].kind === 'capacity'))('is UNAVAILABLE when we are full or not there: %s', (code) => {
    expect(GRPC_STATUS[code]).toBe(GRPC.UNAVAILABLE);
  });

  it.each(codes.filter((code) => ERROR_CODES[code].kind === 'stage'))('is INTERNAL when a stage failed: %s', (code) => {
    expect(GRPC_STATUS[code]).toBe(GRPC.INTERNAL);
  });

  it.each([
    ['TENSOR_SHAPE_MISMATCH', GRPC.INVALID_ARGUMENT],
    ['MODEL_NOT_FOUND', GRPC.NOT_FOUND],
    ['OVERLOADED', GRPC.UNAVAILABLE],
    ['DEADLINE_EXCEEDED', GRPC.DEADLINE_EXCEEDED],
    ['PAYLOAD_TOO_LARGE', GRPC.RESOURCE_EXHAUSTED],
    ['CANCELLED', GRPC.CANCELLED],
  ] as const)('of %s is what protocol clients expect', (code, status) => {
    expect(GRPC_STATUS[code]).toBe(status);
  });
});
