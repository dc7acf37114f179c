export { ERROR_CODES, isErrorCode } from './codes.ts';
export type { ErrorCode, ErrorKind } from './codes.ts';
export { AppError, fromErrorInfo, isAppError, toAppError, toErrorInfo } from './app-error.ts';
export type { AppErrorOptions, ErrorInfo } from './app-error.ts';
export { nearestName } from './nearest-name.ts';
