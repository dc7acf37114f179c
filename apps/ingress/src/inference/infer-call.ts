import type { AppError } from '#common/errors';
import type { StageTiming } from '#common/envelope';
import type { InferRequest, InferResponse } from '#common/inference';

/** One call of a pipeline as an edge hands it over, whatever protocol it came by. */
export interface InferCall {
  readonly pipeline: string;
  /** Absent = the active version. */
  readonly version?: string;
  readonly request: InferRequest;
  /** Size of the request as it came, decompressed: what admission counts. */
  readonly bytes: number;
  readonly tenant: string;
  /** W3C trace context as it came; empty strings when there is none. */
  readonly traceparent: string;
  readonly tracestate: string;
  /** The caller's own time limit; absent = the request's `timeout` parameter, else the pipeline's default for the mode. */
  readonly timeoutMs?: number;
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal;
}

interface AnswerBase {
  readonly requestId: string;
  readonly pipeline: string;
  /** Acceptance until now, milliseconds. */
  readonly totalMs: number;
}

export interface Succeeded extends AnswerBase {
  readonly state: 'succeeded';
  readonly response: InferResponse;
  readonly timings: readonly StageTiming[];
}

export interface Failed extends AnswerBase {
  readonly state: 'failed';
  readonly error: AppError;
  readonly timings: readonly StageTiming[];
}

/** Accepted and still under way: the caller asks again by id. */
export interface Pending extends AnswerBase {
  readonly state: 'pending';
}

/** How an accepted request stands. A refused one has no answer: the call rejects instead. */
export type Answer = Succeeded | Failed | Pending;
