import type { ErrorInfo } from '../errors/index.ts';
import type { Parameters, Tensor } from '../inference/index.ts';

/** A tensor that lies in the payload store instead of in the message. */
export interface PayloadRef {
  readonly key: string;
  readonly sha256: string;
  /** Size in bytes. */
  readonly size: number;
}

/** One tensor of a part: who made it (stage number, SOURCE = -1), its name there, and the bytes or where they are. */
export interface PartTensor {
  readonly stage: number;
  readonly name: string;
  readonly tensor: Tensor | TensorByReference;
}

export interface TensorByReference extends Omit<Tensor, 'bytes'> {
  readonly ref: PayloadRef;
}

/** Where one stage's time went, milliseconds. `queueMs`: published until taken; `batchMs`: taken until executed, joins included. */
export interface StageTiming {
  readonly stage: string;
  readonly attempt: number;
  readonly queueMs: number;
  readonly batchMs: number;
  readonly computeMs: number;
  /** Rows executed together. */
  readonly batchRows: number;
}

/** Position of a message inside a scatter. `count` = 0 marks the single empty part that stands for no parts at all. */
export interface ScatterPosition {
  readonly index: number;
  readonly count: number;
}

/**
 * What travels from stage to stage: one part of one request. `stage` is where it goes, `from` who sent it; a retry keeps both and raises
 * `attempt`, so each message has a measure (stage, attempt) that only grows. Times are cluster time, milliseconds since the epoch.
 */
export interface Envelope {
  readonly requestId: string;
  readonly pipeline: string;
  readonly version: string;
  readonly tenant: string;
  readonly stage: number;
  readonly from: number;
  readonly run: number;
  readonly attempt: number;
  readonly acceptedAtMs: number;
  readonly deadlineMs: number;
  readonly publishedAtMs: number;
  /** Not to be executed before this time: a retry that waits in its own topic. 0 = at once. */
  readonly notBeforeMs: number;
  readonly scatter?: ScatterPosition;
  /** W3C trace context as it came; empty strings when there is none. */
  readonly traceparent: string;
  readonly tracestate: string;
  readonly parameters: Parameters;
  readonly timings: readonly StageTiming[];
  readonly tensors: readonly PartTensor[];
  /** Why the attempt before this one failed. */
  readonly lastError?: ErrorInfo;
}

/** True for a tensor that lies in the payload store. */
export function isByReference(tensor: Tensor | TensorByReference): tensor is TensorByReference {
  return 'ref' in tensor;
}
