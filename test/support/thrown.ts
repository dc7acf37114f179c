import { isAppError } from '#common/errors';
import type { AppError } from '#common/errors';

/** The AppError that the call throws; fails the test when it throws something else, or nothing. */
export function thrownBy(call: () => unknown): AppError {
  try {
    call();
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error('expected the call to throw an AppError, but it returned.');
}

/** Runs the call and lets only AppErrors pass: for properties that say "never crashes". */
export function runsOrRefuses(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
}
