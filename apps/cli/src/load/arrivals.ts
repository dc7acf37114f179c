/** When requests are meant to be sent, milliseconds from the start, never decreasing. */
export type Arrivals = Generator<number, void, void>;

export interface ArrivalPlan {
  /** Mean requests per second. */
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Same seed, same schedule. */
  readonly seed: number;
}

/** Evenly spaced. */
export function* constantArrivals({ ratePerSecond, durationMs }: ArrivalPlan): Arrivals {
  const total = Math.floor((ratePerSecond * durationMs) / 1000);
  for (let sent = 0; sent < total; sent++) yield (sent * 1000) / ratePerSecond;
}

/** Independent arrivals: exponential gaps that accumulate, as traffic of many unrelated callers has them. */
export function* poissonArrivals({ ratePerSecond, durationMs, seed }: ArrivalPlan): Arrivals {
  const unit = mulberry32(seed);
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - unit()) * 1000) / ratePerSecond;
    if (atMs >= durationMs) return;
    yield atMs;
  }
}

/** Small seeded generator, uniform in [0, 1): T. Ettinger's mulberry32 (public domain). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
