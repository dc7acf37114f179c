import { describe, expect, it } from '@jest/globals';
import { AppError, ERROR_CODES } from '#common/errors';
import type { ErrorCode } from '#common/errors';
import { judge } from './outcome.ts';
import type { Attempt, Verdict } from './outcome.ts';

const ATTEMPT: Omit<Attempt, 'error'> = { attempt: 1, retry: { attempts: 3, backoffMs: 100 }, remainingMs: 10_000, unit: 0.5 };

function verdict(code: ErrorCode | undefined, change: Partial<Attempt> = {}, retryable?: boolean): Verdict {
  const error = code === undefined ? undefined : new AppError(code, 'why', retryable === undefined ? {} : { retryable });
  return judge({ ...ATTEMPT, error, ...change });
}

describe('the outcome of an attempt', () => {
  it.each<[string, ErrorCode | undefined, Partial<Attempt>, Verdict]>([
    ['a success is done', undefined, {}, { action: 'done' }],
    ['a failure is executed again in place after half its wait when the dice say so', 'STAGE_FAILED', {}, { action: 'retry', delayMs: 50, inPlace: true }],
    ['each wait may be twice the one before', 'STAGE_FAILED', { attempt: 2 }, { action: 'retry', delayMs: 100, inPlace: true }],
    ['the last attempt dead-letters', 'STAGE_FAILED', { attempt: 3 }, { action: 'dead-letter' }],
    ['a wait of a second goes to the retry topic, whole', 'EXECUTOR_TIMEOUT', { retry: { attempts: 3, backoffMs: 1_000 } }, { action: 'retry', delayMs: 1_000, inPlace: false }],
    ['a wait just below stays', 'EXECUTOR_TIMEOUT', { retry: { attempts: 3, backoffMs: 999 }, unit: 0 }, { action: 'retry', delayMs: 0, inPlace: true }],
    ['a wait that ends at the deadline is not begun', 'STAGE_FAILED', { remainingMs: 50 }, { action: 'dead-letter' }],
    ['a failure past the deadline expires', 'STAGE_FAILED', { remainingMs: 0 }, { action: 'expire' }],
    ['an output that breaks its declaration is not tried again', 'BAD_OUTPUT', {}, { action: 'dead-letter' }],
    ['a fault of Millrace dead-letters', 'INTERNAL', {}, { action: 'dead-letter' }],
    ['a refused input fails', 'INPUT_REJECTED', {}, { action: 'fail' }],
    ['a refused input fails past the deadline too', 'INPUT_REJECTED', { remainingMs: -1 }, { action: 'fail' }],
    ['a full executor is tried again', 'OVERLOADED', {}, { action: 'retry', delayMs: 50, inPlace: true }],
    ['an executor that stays full fails the request, without a dead letter', 'OVERLOADED', { attempt: 3 }, { action: 'fail' }],
    ['a deadline expires', 'DEADLINE_EXCEEDED', {}, { action: 'expire' }],
    ['a cancelled call is dropped', 'CANCELLED', {}, { action: 'drop' }],
  ])('%s', (_title, code, change, expected) => {
    expect(verdict(code, change)).toEqual(expected);
  });

  it('believes the raiser over the table about what is worth another try', () => {
    expect(verdict('STAGE_FAILED', {}, false)).toEqual({ action: 'dead-letter' });
  });

  it.each(Object.entries(ERROR_CODES).filter(([, { kind }]) => kind !== 'stage' && kind !== 'internal'))('never dead-letters %s', (code) => {
    expect(verdict(code as ErrorCode, { attempt: 3 }).action).not.toBe('dead-letter');
  });
});
