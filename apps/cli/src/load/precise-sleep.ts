import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

/** Timers wake up to a millisecond late; the rest is waited out turn by turn, which keeps answers flowing in between. */
const COARSE_MS = 1;

/** Resolves `ms` milliseconds from now with sub-millisecond error, as long as the event loop is free. */
export async function preciseSleep(ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  if (ms > COARSE_MS) await delay(ms - COARSE_MS);
  while (performance.now() < untilMs) await nextTurn();
}
