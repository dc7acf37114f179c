import { ERROR_CODES, isErrorCode } from './codes.ts';
import type { ErrorCode, ErrorKind } from './codes.ts';

const BRAND = Symbol.for('millrace.AppError');

/** The form of an error that travels: in outcomes, dead letters and answers. Plain data, no stack. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  /** Stage that raised it, when one did. */
  readonly stage?: string;
  /** The raiser's own code, for INPUT_REJECTED. */
  readonly reason?: string;
}

export interface AppErrorOptions {
  readonly stage?: string;
  readonly reason?: string;
  /** Narrows the table's default where the raiser knows better. */
  readonly retryable?: boolean;
  /** When trying again makes sense, milliseconds from now: what an edge sends as Retry-After. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** An error with a stable code. The message names the thing, the value and what to do. Recognise it with `isAppError`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly stage: string | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.stage = options.stage;
    this.reason = options.reason;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, BRAND, { value: true });
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }
}

/** Works across copies of this module (tests, worker threads), which `instanceof` does not. */
export function isAppError(value: unknown): value is AppError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Anything thrown, as an AppError: what already is one is returned as it is, the rest becomes `fallback`. */
export function toAppError(thrown: unknown, fallback: ErrorCode = 'INTERNAL', options: AppErrorOptions = {}): AppError {
  if (isAppError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError(fallback, message, { ...options, cause: thrown });
}

export function toErrorInfo(error: AppError): ErrorInfo {
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.stage === undefined ? {} : { stage: error.stage }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
  };
}

/** The way back, for an error that crossed a wire. An unknown code (from a newer writer) becomes INTERNAL and keeps its name in the message. */
export function fromErrorInfo(info: ErrorInfo): AppError {
  const { code, message, ...options } = info;
  return isErrorCode(code) ? new AppError(code, message, options) : new AppError('INTERNAL', `${String(code)}: ${message}`, options);
}
