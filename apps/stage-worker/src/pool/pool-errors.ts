import { AppError, isAppError } from '#common/errors';

/** What a pool says for itself when a call gets no answer from an executor. */

/** The reason the caller gave, when it gave one of ours (a deadline). */
export function abortedCall(signal: AbortSignal): AppError {
  return isAppError(signal.reason) ? signal.reason : new AppError('CANCELLED', 'The call was aborted by its caller.');
}

export function notRunning(stage: string): AppError {
  return new AppError('SHUTTING_DOWN', `The executors of stage "${stage}" are not loaded, or no longer.`, { stage });
}

export function tooManyWaiting(stage: string, waiting: number): AppError {
  return new AppError('OVERLOADED', `${waiting} calls already wait for an executor of stage "${stage}".`, { stage });
}

/** Retryable: the next start may succeed, when the fault was in the surroundings. */
export function allDown(stage: string, lastFailure: string | undefined): AppError {
  return new AppError('EXECUTOR_CRASHED', `No executor of stage "${stage}" is running until the next start. The last one: ${lastFailure ?? 'unknown'}`, { stage });
}

export function timedOut(stage: string, timeoutMs: number): AppError {
  const message = `Stage "${stage}" did not answer within its timeout of ${timeoutMs} ms; its executor was stopped and is replaced. Raise \`timeout\` if it needs longer.`;
  return new AppError('EXECUTOR_TIMEOUT', message, { stage });
}

export function outstayedAbort(stage: string, graceMs: number): AppError {
  return new AppError('EXECUTOR_TIMEOUT', `Stage "${stage}" still ran ${graceMs} ms after its call was aborted; its executor was stopped and is replaced.`, { stage });
}
