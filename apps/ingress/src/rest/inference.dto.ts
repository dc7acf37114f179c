import type { FastifyRequest } from 'fastify';
import { AppError } from '#common/errors';
import { parseInferRequest } from '#common/inference';
import type { TensorSpec } from '#common/inference';
import type { InferCall } from '../inference/index.ts';
import { HEADERS } from './headers.ts';
import { parsePrefer } from './prefer.ts';
import type { Preference } from './prefer.ts';

export interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

export interface RestCall {
  readonly call: InferCall;
  readonly prefer: Preference;
}

export interface RestInput {
  readonly request: FastifyRequest<{ Params: ModelParams }>;
  readonly body: Buffer;
  /** Declaration of the pipeline's only input, for a body that is one bare tensor; undefined where it has several. */
  readonly rawInput: TensorSpec | undefined;
  readonly signal: AbortSignal;
}

/** There are no accounts yet: everybody is the same tenant. */
const TENANT = 'default';

/** An HTTP infer request as a call of the core. @throws MALFORMED_BODY, PARAMETER_INVALID, TENSOR_* */
export function readInferCall({ request, body, rawInput, signal }: RestInput): RestCall {
  const { headers, params } = request;
  const prefer = parsePrefer(oneHeader(headers[HEADERS.prefer]));
  // `wait` bounds a synchronous call; with respond-async it is only how long the 202 is held back.
  const timeoutMs = prefer.respondAsync ? undefined : prefer.waitMs;
  const call: InferCall = {
    pipeline: params.model,
    ...(params.version === undefined ? {} : { version: params.version }),
    request: parseInferRequest(body, headerLength(oneHeader(headers[HEADERS.inferenceHeaderLength])), rawInput),
    bytes: body.length,
    tenant: TENANT,
    traceparent: oneHeader(headers[HEADERS.traceparent]) ?? '',
    tracestate: oneHeader(headers[HEADERS.tracestate]) ?? '',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal,
  };
  return { call, prefer };
}

function headerLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw new AppError('PARAMETER_INVALID', `Inference-Header-Content-Length is "${text.slice(0, 40)}": expected the number of bytes of the JSON in front of the tensors.`);
}

function oneHeader(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(',');
}

