import type { FailedOutcome } from '#common/envelope';
import type { CompiledPipeline } from '#common/pipeline';
import type { RequestView } from '#common/ports';
import { stageProgress } from './stage-progress.ts';

export interface Overrun {
  /** What is known of the request; undefined when the store does not know it (any more). */
  readonly view: RequestView | undefined;
  /** Undefined when its version is no longer loaded. */
  readonly pipeline: CompiledPipeline | undefined;
  readonly atMs: number;
}

/** The outcome of a request whose time is over: names the stage that was at work, as far as is known, and what to change. */
export function deadlineOutcome({ view, pipeline, atMs }: Overrun): FailedOutcome {
  const progress = pipeline === undefined ? [] : stageProgress(pipeline, view?.stagesDone ?? []);
  const stage = progress.find((entry) => entry.state === 'active')?.stage;
  const done = progress.filter((entry) => entry.state === 'done').map((entry) => entry.stage);
  const limit = view === undefined ? 'The time given' : formatMs(view.record.deadlineMs - view.record.acceptedAtMs);
  const where = stage === undefined ? '' : `; stage "${stage}" had not finished (done before it: ${done.length === 0 ? 'none' : done.join(', ')})`;
  const message = `${owner(view, pipeline)}${limit} passed before the answer was ready${where}. Raise the parameter "timeout" (microseconds) or the pipeline's deadline.`;
  return { kind: 'deadline', atMs, timings: [], error: { code: 'DEADLINE_EXCEEDED', message, retryable: true, ...(stage === undefined ? {} : { stage }) } };
}

/** The outcome of a request that its caller gave up. */
export function cancelledOutcome(why: string, atMs: number): FailedOutcome {
  return { kind: 'cancelled', atMs, timings: [], error: { code: 'CANCELLED', message: why, retryable: false } };
}

function owner(view: RequestView | undefined, pipeline: CompiledPipeline | undefined): string {
  const name = view?.record.pipeline ?? pipeline?.name;
  return name === undefined ? '' : `pipeline "${name}": `;
}

function formatMs(ms: number): string {
  return ms >= 10_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms * 10) / 10} ms`;
}
