import type { CancelTimer, Clock } from '#common/ports';

/** Of so many questions the one with the shortest way there and back counts. */
const SAMPLES = 5;
/** A correction moves the clock by at most this share of the time that passes: it runs at half to one and a half speed meanwhile. */
const SLEW = 0.5;

/**
 * Cluster time: this machine's monotonic clock plus the offset to Redis' clock, which all processes share. While Redis is away the last offset
 * holds. A Redis clock that was set anew is approached, not jumped to: no step expires everything at once or lets time stand still.
 */
export class RedisClock implements Clock {
  readonly #local: Clock;
  readonly #askTime: () => Promise<number>;
  #target: number | undefined;
  #applied = 0;
  #appliedAtMs = 0;
  #latest = 0;

  /** @param askTime asks Redis for its time, milliseconds since the epoch with fractions */
  constructor(local: Clock, askTime: () => Promise<number>) {
    this.#local = local;
    this.#askTime = askTime;
  }

  now(): number {
    return this.#local.now();
  }

  after(ms: number, call: () => void): CancelTimer {
    return this.#local.after(ms, call);
  }

  clusterNow(): number {
    if (this.#target === undefined) return this.#local.clusterNow();
    const nowMs = this.#local.now();
    const most = (nowMs - this.#appliedAtMs) * SLEW;
    this.#applied += Math.max(-most, Math.min(most, this.#target - this.#applied));
    this.#appliedAtMs = nowMs;
    this.#latest = Math.max(this.#latest, Math.floor(nowMs + this.#applied));
    return this.#latest;
  }

  /** Redis' own clock as far as it is known, corrections at once: for what Redis compares with its clock. */
  storeNow(): number {
    return this.#target === undefined ? this.#local.clusterNow() : this.#local.now() + this.#target;
  }

  /** Asks Redis for its time. Rejects with STORE_UNAVAILABLE; the last offset then holds on. */
  async sync(): Promise<void> {
    let best = { roundTripMs: Infinity, offset: 0 };
    for (let sample = 0; sample < SAMPLES; sample++) {
      const sentMs = this.#local.now();
      const redisMs = await this.#askTime();
      const roundTripMs = this.#local.now() - sentMs;
      if (roundTripMs < best.roundTripMs) best = { roundTripMs, offset: redisMs - (sentMs + roundTripMs / 2) };
    }
    if (this.#target === undefined) {
      this.#applied = best.offset;
      this.#appliedAtMs = this.#local.now();
    }
    this.#target = best.offset;
  }
}
