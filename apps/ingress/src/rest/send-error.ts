import type { FastifyReply } from 'fastify';
import { ERROR_CODES } from '#common/errors';
import type { AppError } from '#common/errors';
import { HEADERS, JSON_TYPE, PROBLEM_TYPE } from './headers.ts';
import { HTTP_STATUS } from './http-status.ts';
import { echoLabel } from './send.ts';

const DEFAULT_RETRY_MS = 1000;

/** The body of every error: `error` is what protocol clients read, the rest are the members of RFC 9457 and our own. */
export function errorBody(error: AppError, requestId?: string): Readonly<Record<string, unknown>> {
  return {
    error: error.message,
    code: error.code,
    retryable: error.retryable,
    stage: error.stage,
    reason: error.reason,
    request_id: requestId,
    type: `urn:millrace:error:${error.code}`,
    title: ERROR_CODES[error.code].meaning,
    status: HTTP_STATUS[error.code],
    detail: error.message,
    instance: requestId === undefined ? undefined : `/v2/requests/${requestId}`,
  };
}

export interface ErrorAnswer {
  readonly error: AppError;
  /** Of the accepted request that the error ended. */
  readonly requestId?: string;
  /** Further members of the body. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The one place errors become HTTP answers. */
export function sendError(reply: FastifyReply, { error, requestId, extra }: ErrorAnswer): void {
  const status = HTTP_STATUS[error.code];
  echoLabel(reply);
  if (requestId !== undefined) reply.header(HEADERS.answer.requestId, requestId);
  if (status === 429 || status === 503 || error.retryAfterMs !== undefined) {
    reply.header(HEADERS.answer.retryAfter, String(Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_MS) / 1000)));
  }
  const wantsProblem = reply.request.headers[HEADERS.accept]?.includes(PROBLEM_TYPE) === true;
  const body = Buffer.from(JSON.stringify({ ...errorBody(error, requestId), ...extra }));
  reply.code(status).header(HEADERS.answer.contentType, wantsProblem ? PROBLEM_TYPE : JSON_TYPE).send(body);
}
