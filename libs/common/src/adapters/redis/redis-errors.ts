import { AppError } from '#common/errors';
import type { ErrorCode } from '#common/errors';

/** First word of an error reply -> what it means here. Anything else is a fault in a script or a command: ours, so INTERNAL. */
const REPLIES: Readonly<Record<string, { readonly code: ErrorCode; readonly why: string }>> = {
  BUSY: { code: 'STORE_UNAVAILABLE', why: 'Redis is held up by a script that does not end (SCRIPT KILL ends it)' },
  LOADING: { code: 'STORE_UNAVAILABLE', why: 'Redis is still reading its data from disk' },
  MASTERDOWN: { code: 'STORE_UNAVAILABLE', why: 'Redis is a replica that lost its master' },
  MISCONF: { code: 'STORE_UNAVAILABLE', why: 'Redis cannot write to its disk and refuses writes; free disk space there' },
  NOAUTH: { code: 'STORE_UNAVAILABLE', why: 'Redis asks for a password; put it into the URL' },
  NOPERM: { code: 'STORE_UNAVAILABLE', why: 'the Redis user may not run this command; give it the rights' },
  NOREPLICAS: { code: 'STORE_UNAVAILABLE', why: 'Redis has too few replicas and refuses writes' },
  OOM: { code: 'STORE_UNAVAILABLE', why: 'Redis is full (maxmemory); raise it, or wait until results have expired' },
  READONLY: { code: 'STORE_UNAVAILABLE', why: 'this Redis has become a read-only replica' },
  WRONGPASS: { code: 'STORE_UNAVAILABLE', why: 'Redis refused user or password of the URL' },
};

/** Errors of calls whose command was sent and whose answer never came: it may have been carried out. */
const uncertain = new WeakSet<object>();

/** True when the call that failed so may have changed the store all the same (or may do so yet). */
export function mayHaveBeenApplied(error: unknown): boolean {
  return typeof error === 'object' && error !== null && uncertain.has(error);
}

/** Redis answered with an error. Recognised by name: there may be several copies of the class. */
export function isErrorReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** The error reply's first word, such as `NOSCRIPT`. */
export function replyWord(error: unknown): string {
  return isErrorReply(error) ? (/^[A-Z]+/.exec(error.message)?.[0] ?? '') : '';
}

export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Command timed out';
}

/** Whatever a command was rejected with, as an AppError that says what was wanted and what to do. */
export function toStoreError(what: string, where: string, error: unknown): AppError {
  if (isErrorReply(error)) {
    const known = REPLIES[replyWord(error)];
    if (known === undefined) return new AppError('INTERNAL', `Could not ${what}: Redis at ${where} answered "${error.message}".`, { cause: error });
    return new AppError(known.code, `Could not ${what}: ${known.why} (at ${where}).`, { cause: error });
  }
  const why = isTimeout(error) ? 'gave no answer in time' : 'closed the connection before it answered';
  const unavailable = new AppError('STORE_UNAVAILABLE', `Could not ${what}: Redis at ${where} ${why}.`, { cause: error });
  uncertain.add(unavailable);
  return unavailable;
}
