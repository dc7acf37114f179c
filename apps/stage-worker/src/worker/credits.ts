/** The largest window a bus gives. */
export const MOST_IN_HAND = 256;

/** Room for records whose outputs are on their way to the bus: they are computed but not settled. */
const EMITTING = 32;

export interface Capacity {
  /** Executors of this worker. */
  readonly executors: number;
  /** Most rows of one batch. */
  readonly batchMax: number;
}

/**
 * How many records a worker may have in hand: one full batch in every executor, another waiting for it, and those being emitted. More would
 * only move the queue from the bus, where others can take it, into this process, where it is executed again if the process dies.
 */
export function windowFor(capacity: Capacity): number {
  return Math.min(MOST_IN_HAND, 2 * capacity.executors * capacity.batchMax + EMITTING);
}
