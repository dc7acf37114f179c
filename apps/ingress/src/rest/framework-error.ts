import { AppError, isAppError } from '#common/errors';

/** What Fastify and Nest throw by themselves: a status, and often a code. */
interface FrameworkError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly getStatus?: () => number;
  readonly message?: unknown;
}

/** Anything thrown on the way of an HTTP request as an error of ours. Only what names the client's fault keeps its text; faults of ours are told in the log. */
export function toRestError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const { status, text, code } = read(thrown);
  if (code === 'FST_ERR_BAD_URL') return new AppError('PARAMETER_INVALID', `${text}. Escape it as UTF-8 (%C3%BC).`);
  if (status === 404) return new AppError('ROUTE_NOT_FOUND', `${text.replace(/^Cannot /, 'There is no ').slice(0, 200)}. The paths of the protocol start with /v2.`);
  if (status === 413) return new AppError('PAYLOAD_TOO_LARGE', `${text}. Send less, or raise MILLRACE_MAX_BODY.`);
  if (status === 415) return new AppError('UNSUPPORTED_ENCODING', `${text}. Send application/json, application/octet-stream, or no Content-Type.`);
  if (status >= 400 && status < 500) return new AppError('MALFORMED_BODY', `${text}.`);
  return new AppError('INTERNAL', 'A fault in the server itself; its log says more.', { cause: thrown });
}

function read(thrown: unknown): { readonly status: number; readonly text: string; readonly code: unknown } {
  if (typeof thrown !== 'object' || thrown === null) return { status: 500, text: String(thrown), code: undefined };
  const error: FrameworkError = thrown;
  const status = typeof error.getStatus === 'function' ? error.getStatus() : Number(error.statusCode ?? 500);
  return { status, text: String(error.message ?? '').replace(/\.$/, ''), code: error.code };
}
