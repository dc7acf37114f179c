import type { StageTiming } from '#common/envelope';
import { AppError } from '#common/errors';

/** Where a request was when its time ran out. */
export interface Expiry {
  readonly stage: string;
  /** What was about to happen. */
  readonly before: 'batch' | 'compute' | 'emit' | 'retry';
  readonly acceptedAtMs: number;
  readonly deadlineMs: number;
  readonly nowMs: number;
  /** Of the stages before, and of this one as far as it got. */
  readonly timings: readonly StageTiming[];
}

/** DEADLINE_EXCEEDED that names the stage and where the time went; parallel branches add up, so parts may exceed the whole. */
export function deadlineError(expiry: Expiry): AppError {
  const { stage, before, acceptedAtMs, deadlineMs, nowMs, timings } = expiry;
  const queueMs = sum(timings, 'queueMs');
  const batchMs = sum(timings, 'batchMs');
  const computeMs = sum(timings, 'computeMs');
  const transportMs = Math.max(0, nowMs - acceptedAtMs - queueMs - batchMs - computeMs);
  const spent = [`queue ${whole(queueMs)}`, `batch wait ${whole(batchMs)}`];
  if (computeMs > 0) spent.push(`compute ${whole(computeMs)}`);
  spent.push(`transport ${whole(transportMs)}`);
  const head = `stage "${stage}" had 0 of ${whole(deadlineMs - acceptedAtMs)} left before ${before}`;
  return new AppError('DEADLINE_EXCEEDED', `${head}: ${spent.join(', ')}.${longest(timings)}`, { stage });
}

function longest(timings: readonly StageTiming[]): string {
  let most: { readonly ms: number; readonly text: string } | undefined;
  for (const timing of timings) {
    for (const [ms, doing] of [[timing.queueMs, 'queue'], [timing.batchMs, 'batch wait'], [timing.computeMs, 'compute']] as const) {
      if (ms > (most?.ms ?? 0)) most = { ms, text: `"${timing.stage}" ${doing} ${whole(ms)}` };
    }
  }
  return most === undefined ? '' : ` Longest: ${most.text}.`;
}

function sum(timings: readonly StageTiming[], part: 'queueMs' | 'batchMs' | 'computeMs'): number {
  let total = 0;
  for (const timing of timings) total += timing[part];
  return total;
}

function whole(ms: number): string {
  return `${String(Math.round(ms))} ms`;
}
