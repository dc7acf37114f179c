import type { Arrivals } from './arrivals.ts';
import type { Ending, LoadRecorder } from './recorder.ts';

/** Sends one request and says how it ended; never rejects. */
export type Send = () => Promise<Ending>;

export interface LoadTarget {
  readonly send: Send;
  readonly recorder: LoadRecorder;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Stops sending; requests on the way are still waited for. */
  readonly signal: AbortSignal;
  readonly onProgress?: (inFlight: number, done: number) => void;
}

export interface OpenLoopPlan {
  readonly arrivals: Arrivals;
  /** Resolves not before `ms` have passed; finer than a millisecond where it can. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Sends on schedule whatever the server does; latency counts from the intended time. Resolves when every request has ended. */
export async function runOpenLoop(target: LoadTarget, { arrivals, sleep }: OpenLoopPlan): Promise<void> {
  const { send, recorder, now } = target;
  const startMs = now();
  const onTheWay = new Set<Promise<void>>();
  for (const offsetMs of arrivals) {
    if (target.signal.aborted) break;
    const intendedMs = startMs + offsetMs;
    const waitMs = intendedMs - now();
    if (waitMs > 0) await sleep(waitMs);
    recorder.sentLate(Math.max(0, now() - intendedMs));
    const request: Promise<void> = send().then((ending) => {
      recorder.finished(ending, now() - intendedMs);
      onTheWay.delete(request);
      target.onProgress?.(onTheWay.size, recorder.ok);
    });
    onTheWay.add(request);
  }
  await Promise.all(onTheWay);
}

export interface ClosedLoopPlan {
  /** Requests in flight at any time. */
  readonly concurrency: number;
  readonly durationMs: number;
}

/** Each of `concurrency` callers sends its next request when its last one ended: measures saturation, hides stalls. */
export async function runClosedLoop(target: LoadTarget, { concurrency, durationMs }: ClosedLoopPlan): Promise<void> {
  const { send, recorder, now } = target;
  const untilMs = now() + durationMs;
  let inFlight = 0;
  const caller = async (): Promise<void> => {
    while (now() < untilMs && !target.signal.aborted) {
      const sentMs = now();
      inFlight++;
      recorder.finished(await send(), now() - sentMs);
      inFlight--;
      target.onProgress?.(inFlight, recorder.ok);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}
