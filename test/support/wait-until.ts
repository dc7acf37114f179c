const POLL_MS = 5;

export interface WaitOptions {
  /** Gives up after so long, milliseconds. */
  readonly withinMs?: number;
}

/** Polls until the probe answers something other than undefined, null or false; rejects naming what was waited for and the last answer. */
export async function waitUntil<T>(what: string, probe: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<Exclude<T, false>>> {
  const withinMs = options.withinMs ?? 10_000;
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
    if (performance.now() >= giveUpAt) throw new Error(`Waited ${withinMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
