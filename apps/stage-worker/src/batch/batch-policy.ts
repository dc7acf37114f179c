import type { BatchSpec } from '#common/pipeline';

/** A batch that is being collected, while an executor is free. Times are cluster time, milliseconds. */
export interface OpenBatch {
  readonly rows: number;
  /** When its oldest request was taken in. */
  readonly oldestAtMs: number;
  readonly nearestDeadlineMs: number;
  /** What one execution takes lately. */
  readonly computeMs: number;
  /** Requests are waiting that cannot join this batch (other shapes, or no room). */
  readonly othersWait: boolean;
}

/**
 * When to close the batch: at once (0) when it is full, when nothing is to be waited for, or when others wait for the executor that this one
 * keeps idle; else when its oldest request has waited `withinMs`, or so early that the most urgent one can still be computed in time.
 */
export function closeAtMs(batch: OpenBatch, spec: BatchSpec): number {
  if (spec.withinMs <= 0 || batch.rows >= spec.max || batch.othersWait) return 0;
  // Twice the usual time leaves room for a slow execution and for the way out.
  return Math.min(batch.oldestAtMs + spec.withinMs, batch.nearestDeadlineMs - 2 * batch.computeMs);
}
