import { describe, expect, it } from '@jest/globals';
import { AppError, fromErrorInfo, isAppError, toAppError, toErrorInfo } from './app-error.ts';
import type { ErrorInfo } from './app-error.ts';

describe('an AppError', () => {
  it('takes kind and retryable from the table', () => {
    const error = new AppError('OVERLOADED', '212 of 200 requests in flight.');
    expect([error.kind, error.retryable, error.name]).toEqual(['capacity', true, 'AppError']);
  });

  it('lets its raiser narrow whether trying again helps', () => {
    expect(new AppError('STAGE_FAILED', 'no', { retryable: false }).retryable).toBe(false);
  });

  it('keeps its cause', () => {
    const cause = new Error('disk full');
    expect(new AppError('STORE_UNAVAILABLE', 'the store refused the write', { cause }).cause).toBe(cause);
    expect('cause' in new AppError('INTERNAL', 'x')).toBe(false);
  });

  it('is recognised by its mark, not by its class', () => {
    const lookalike = Object.assign(new Error('x'), { code: 'INTERNAL', retryable: false });
    const fromElsewhere = Object.defineProperty(new Error('x'), Symbol.for('millrace.AppError'), { value: true });
    expect(isAppError(lookalike)).toBe(false);
    expect(isAppError(fromElsewhere)).toBe(true);
    expect([null, undefined, 'INTERNAL', 1].some(isAppError)).toBe(false);
  });
});

describe('whatever was thrown', () => {
  it('stays the same object when it already is an AppError', () => {
    const error = new AppError('CANCELLED', 'gone');
    expect(toAppError(error, 'STAGE_FAILED')).toBe(error);
  });

  it('becomes the fallback with the message and the cause when it is not', () => {
    const cause = new TypeError('x is undefined');
    const error = toAppError(cause, 'STAGE_FAILED', { stage: 'net' });
    expect([error.code, error.message, error.stage, error.cause]).toEqual(['STAGE_FAILED', 'x is undefined', 'net', cause]);
  });

  it('may be no error at all', () => {
    expect(toAppError('boom')).toMatchObject({ code: 'INTERNAL', message: 'boom' });
    expect(toAppError(undefined)).toMatchObject({ code: 'INTERNAL', message: 'undefined' });
  });
});

describe('an error that crosses a wire', () => {
  const bare: ErrorInfo = { code: 'INTERNAL', message: 'a fault', retryable: false };

  it.each([
    { title: 'with nothing more', info: bare },
    { title: 'with a stage and a reason', info: { ...bare, code: 'INPUT_REJECTED', stage: 'decode', reason: 'NOT_AN_IMAGE' } },
    { title: 'with a narrowed mark', info: { ...bare, code: 'STAGE_FAILED', retryable: false, stage: 'net' } },
  ] as const)('comes back as it was $title', ({ info }) => {
    expect(toErrorInfo(fromErrorInfo(info))).toStrictEqual(info);
  });

  it('carries plain data, no stack', () => {
    expect(Object.keys(toErrorInfo(new AppError('INTERNAL', 'x')))).toEqual(['code', 'message', 'retryable']);
  });

  it('becomes INTERNAL and keeps its name in the message when its code is from a newer writer', () => {
    const error = fromErrorInfo({ ...bare, code: 'QUOTA_SPENT' as never, retryable: true, stage: 'net' });
    expect(toErrorInfo(error)).toEqual({ code: 'INTERNAL', message: 'QUOTA_SPENT: a fault', retryable: true, stage: 'net' });
  });
});
