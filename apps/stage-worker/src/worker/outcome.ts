import type { AppError } from '#common/errors';
import type { RetrySpec } from '#common/pipeline';
import { backoffCeilingMs } from './backoff.ts';

/** A wait below this is spent in the worker; a longer one in the retry topic, where it holds neither the window nor the commit. */
const IN_PLACE_BELOW_MS = 1_000;

/**
 * What becomes of one request at one stage. Exactly one of them ends each delivery.
 * done: emit, then settle. retry: execute again. expire: end the request with a deadline outcome. fail: end it with the error.
 * dead-letter: keep the record for people, and end the request with the error. drop: settle only, the request has its outcome.
 */
export type Verdict =
  | { readonly action: 'done' }
  | { readonly action: 'retry'; readonly delayMs: number; readonly inPlace: boolean }
  | { readonly action: 'expire' }
  | { readonly action: 'fail' }
  | { readonly action: 'dead-letter' }
  | { readonly action: 'drop' };

export interface Attempt {
  /** Undefined = the execution succeeded. */
  readonly error: AppError | undefined;
  /** Number of this execution, from 1. */
  readonly attempt: number;
  readonly retry: RetrySpec;
  /** Milliseconds to the request's deadline. */
  readonly remainingMs: number;
  /** Uniform in [0, 1): the jitter. */
  readonly unit: number;
}

const DONE: Verdict = { action: 'done' };
const DROP: Verdict = { action: 'drop' };
const EXPIRE: Verdict = { action: 'expire' };
const FAIL: Verdict = { action: 'fail' };
const DEAD_LETTER: Verdict = { action: 'dead-letter' };

/** The table of outcomes. Only faults of a stage or of Millrace are worth a person's look, so only they dead-letter. */
export function judge(tried: Attempt): Verdict {
  const { error } = tried;
  if (error === undefined) return DONE;
  switch (error.kind) {
    case 'cancelled':
      return DROP;
    case 'deadline':
      return EXPIRE;
    case 'user':
      return FAIL;
    case 'capacity':
      return retryOr(FAIL, error, tried);
    case 'stage':
    case 'internal':
      return retryOr(DEAD_LETTER, error, tried);
  }
}

function retryOr(otherwise: Verdict, error: AppError, tried: Attempt): Verdict {
  if (tried.remainingMs <= 0) return EXPIRE;
  if (!error.retryable || tried.attempt >= tried.retry.attempts) return otherwise;
  const ceilingMs = backoffCeilingMs(tried.retry, tried.attempt);
  const inPlace = ceilingMs < IN_PLACE_BELOW_MS;
  // Full jitter in place. The topic is read in order, so its waits are not jittered: no record waits behind one that is due later.
  const delayMs = inPlace ? tried.unit * ceilingMs : ceilingMs;
  return delayMs < tried.remainingMs ? { action: 'retry', delayMs, inPlace } : otherwise;
}
