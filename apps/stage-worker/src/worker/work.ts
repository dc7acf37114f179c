import type { Envelope, StageTiming } from '#common/envelope';
import type { NamedTensors } from '#common/inference';
import type { Delivery, JoinLease } from '#common/ports';
import type { BatchItem, BatchRun } from '../batch/index.ts';

/** One request at this stage, from the moment its parts are complete until everything about it is settled. */
export interface Work extends BatchItem {
  /** The message, or the parts of the join. */
  readonly parts: readonly Envelope[];
  /** The parts as they came: what a dead letter keeps. */
  readonly bytes: readonly Uint8Array[];
  /** The part that came with the first delivery (any of them when none did); what the parts say of their request is the same in all. */
  readonly head: Envelope;
  /** To be settled at the end; none when a lapsed join was taken up. A join that fires again while it runs adds its own. */
  readonly deliveries: Delivery[];
  /** The right to fire the join; the newest, if it lapsed and came back while the work was running. */
  lease: JoinLease | undefined;
  inputs: NamedTensors;
  rows: number | undefined;
  takenAtMs: number;
  /** Published until taken; for a retry in place: what it waited. */
  queueMs: number;
  attempt: number;
  /** Of the stages before, and of the attempts at this one that failed. */
  timings: readonly StageTiming[];
  /** It waits for its next attempt with its records settled: a worker that drains leaves it to the join's lease. */
  waiting: boolean;
}

/** The timing of one attempt; `run` undefined = it was not executed, and `nowMs` ends its wait. */
export function timingOf(work: Work, stage: string, end: BatchRun | { readonly nowMs: number }): StageTiming {
  const { attempt, queueMs, takenAtMs } = work;
  if ('nowMs' in end) return { stage, attempt, queueMs, batchMs: end.nowMs - takenAtMs, computeMs: 0, batchRows: 0 };
  return { stage, attempt, queueMs, batchMs: end.startedAtMs - takenAtMs, computeMs: end.computeMs, batchRows: end.rows };
}
