import type { RetrySpec } from '#common/pipeline';

/** The longest a stage's retry may wait before execution `attempt + 1`, milliseconds: the first wait, doubled for each attempt after it. */
export function backoffCeilingMs(retry: RetrySpec, attempt: number): number {
  return retry.backoffMs * 2 ** (attempt - 1);
}

const PERSIST_FIRST_MS = 50;
const PERSIST_CEILING_MS = 1_000;

/** Waits between tries of a write that must not be given up (bus, store), milliseconds; `unit` in [0, 1). Never below half the step, so that
 *  a worker full of such writes does not storm a store that is coming back. */
export function persistDelayMs(tries: number, unit: number): number {
  const step = Math.min(PERSIST_CEILING_MS, PERSIST_FIRST_MS * 2 ** Math.min(tries, 10));
  return step / 2 + (unit * step) / 2;
}
