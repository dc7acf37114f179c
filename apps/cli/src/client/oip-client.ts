import { Pool } from 'undici';
import { AppError, isErrorCode } from '#common/errors';
import { parseInferResponse, writeInferRequest } from '#common/inference';
import type { InferRequest, InferResponse, ModelMetadata } from '#common/inference';

const HEADER_LENGTH = 'inference-header-content-length';

export interface ClientOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  /** Connections kept open; requests beyond it wait for one. */
  readonly connections: number;
}

/** An answer that is not a success. `code` is the server's error code, or `HTTP_<status>` when it sent none. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

export type InferAnswer =
  | { readonly ok: true; readonly response: InferResponse; readonly requestId: string | undefined; readonly serverTiming: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

/** A call encoded once and sent many times. */
export interface EncodedCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Talks to a Millrace server (or any Open Inference one) over REST. Rejects with undici's own errors when nobody answers: see `isUnreachable`. */
export class OipClient {
  private readonly url: string;
  private readonly pool: Pool;

  constructor({ url, connections }: ClientOptions) {
    this.url = url;
    this.pool = new Pool(url, { connections, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** @throws what the server refused with (MODEL_NOT_FOUND), or PARAMETER_INVALID when it is another kind of server. */
  async metadata(pipeline: string): Promise<ModelMetadata> {
    const { status, body } = await this.get(`/v2/models/${encodeURIComponent(pipeline)}`);
    const metadata = status === 200 ? parseObject(body) : undefined;
    if (metadata !== undefined && Array.isArray(metadata['inputs'])) return metadata as unknown as ModelMetadata;
    const { code, message } = readError(status, body);
    if (isErrorCode(code)) throw new AppError(code, message);
    throw new AppError('PARAMETER_INVALID', `${this.url} answered, but not as an Open Inference server does (HTTP ${status}). Is --url the address of its REST side?`);
  }

  async get(path: string): Promise<{ status: number; body: string }> {
    const { statusCode, body } = await this.pool.request({ path, method: 'GET' });
    return { status: statusCode, body: await body.text() };
  }

  encode(pipeline: string, request: InferRequest, form: 'json' | 'binary'): EncodedCall {
    const { body, headerLength } = writeInferRequest(request, form);
    return {
      path: `/v2/models/${encodeURIComponent(pipeline)}/infer`,
      headers: {
        'content-type': headerLength === undefined ? 'application/json' : 'application/octet-stream',
        ...(headerLength === undefined ? {} : { [HEADER_LENGTH]: String(headerLength) }),
      },
      body,
    };
  }

  async infer(call: EncodedCall): Promise<InferAnswer> {
    const answer = await this.pool.request({ path: call.path, method: 'POST', headers: call.headers, body: call.body });
    const bytes = new Uint8Array(await answer.body.arrayBuffer());
    if (answer.statusCode !== 200) {
      return { ok: false, refusal: readError(answer.statusCode, new TextDecoder().decode(bytes)) };
    }
    const headerLength = single(answer.headers[HEADER_LENGTH]);
    return {
      ok: true,
      response: parseInferResponse(bytes, headerLength === undefined ? undefined : Number(headerLength)),
      requestId: single(answer.headers['millrace-request-id']),
      serverTiming: single(answer.headers['server-timing']),
    };
  }

  /** As `infer`, for load: the body is drained, not parsed. Never rejects. */
  async inferEnding(call: EncodedCall): Promise<string> {
    try {
      const answer = await this.pool.request({ path: call.path, method: 'POST', headers: call.headers, body: call.body });
      if (answer.statusCode === 200) {
        await answer.body.dump({ limit: Number.MAX_SAFE_INTEGER });
        return 'ok';
      }
      return readError(answer.statusCode, await answer.body.text()).code;
    } catch {
      return 'NETWORK';
    }
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function readError(status: number, body: string): Refusal {
  const { code, error, request_id: requestId } = parseObject(body) ?? {};
  return {
    status,
    code: typeof code === 'string' ? code : `HTTP_${status}`,
    message: typeof error === 'string' ? error : body,
    ...(typeof requestId === 'string' ? { requestId } : {}),
  };
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
