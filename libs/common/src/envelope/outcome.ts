import type { ErrorInfo } from '../errors/index.ts';
import { isByReference } from './envelope.ts';
import type { PartTensor, StageTiming } from './envelope.ts';

interface OutcomeBase {
  /** Cluster time the outcome was written, milliseconds since the epoch. */
  readonly atMs: number;
  readonly timings: readonly StageTiming[];
}

/** The single terminal record of a request. First write wins. */
export type Outcome = ResultOutcome | FailedOutcome;

export interface ResultOutcome extends OutcomeBase {
  readonly kind: 'result';
  /** The pipeline's outputs under their producers' names (stage number, tensor), as the answer node binds them. */
  readonly tensors: readonly PartTensor[];
}

export interface FailedOutcome extends OutcomeBase {
  readonly kind: 'error' | 'deadline' | 'cancelled';
  readonly error: ErrorInfo;
}

/** True for an outcome that needs payloads of its request: they then stay until they expire. */
export function holdsReferences(outcome: Outcome): boolean {
  return outcome.kind === 'result' && outcome.tensors.some(({ tensor }) => isByReference(tensor));
}
