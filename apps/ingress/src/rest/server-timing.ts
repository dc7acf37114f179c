import type { Answer } from '../inference/index.ts';

type Timings = Extract<Answer, { state: 'succeeded' }>['timings'];

/** `detect-queue;dur=0.4, detect-batch;dur=1.2, detect-compute;dur=43.1, total;dur=50.2`: milliseconds. A stage that ran several times is summed up. */
export function serverTiming(timings: Timings, totalMs: number): string {
  const sums = new Map<string, number>();
  const add = (name: string, ms: number): void => void sums.set(name, (sums.get(name) ?? 0) + ms);
  for (const { stage, queueMs, batchMs, computeMs } of timings) {
    add(`${stage}-queue`, queueMs);
    add(`${stage}-batch`, batchMs);
    add(`${stage}-compute`, computeMs);
  }
  const entries = [...sums].map(([name, ms]) => `${name};dur=${round(ms)}`);
  return [...entries, `total;dur=${round(totalMs)}`].join(', ');
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
