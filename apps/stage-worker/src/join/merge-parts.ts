import type { Envelope, StageTiming } from '#common/envelope';

/** Timings of all parts, each once: parts that come from one scatter or fan-out share what lies before it. In the order the parts give them. */
export function mergeTimings(parts: readonly Pick<Envelope, 'timings'>[]): readonly StageTiming[] {
  const [first] = parts;
  if (first === undefined) return [];
  if (parts.length === 1) return first.timings;
  const merged = new Map<string, StageTiming>();
  for (const { timings } of parts) {
    for (const timing of timings) {
      merged.set(`${timing.stage} ${String(timing.attempt)} ${String(timing.queueMs)} ${String(timing.batchMs)} ${String(timing.computeMs)}`, timing);
    }
  }
  return [...merged.values()];
}

/** Cluster time the last part was published: what the join waited for, so the queue wait counts from here. */
export function lastPublishedAtMs(parts: readonly Pick<Envelope, 'publishedAtMs'>[]): number {
  let last = 0;
  for (const { publishedAtMs } of parts) {
    if (publishedAtMs > last) last = publishedAtMs;
  }
  return last;
}
