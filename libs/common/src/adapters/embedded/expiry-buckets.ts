/**
 * Names that expire, by time. Adding costs nothing per waiting name and taking costs only what has expired, so hundreds of thousands may wait.
 * A name is given out once per `add`, up to one bucket's width late.
 */
export class ExpiryBuckets<T> {
  readonly #widthMs: number;
  readonly #buckets = new Map<number, T[]>();
  #first = Infinity;

  constructor(widthMs: number) {
    this.#widthMs = widthMs;
  }

  add(item: T, expiresAtMs: number): void {
    const number = Math.ceil(expiresAtMs / this.#widthMs);
    const bucket = this.#buckets.get(number);
    if (bucket === undefined) this.#buckets.set(number, [item]);
    else bucket.push(item);
    if (number < this.#first) this.#first = number;
  }

  /** Removes and answers everything that has expired. */
  take(nowMs: number): T[] {
    const current = Math.floor(nowMs / this.#widthMs);
    if (current < this.#first) return [];
    const expired: T[] = [];
    let first = Infinity;
    for (const [number, bucket] of this.#buckets) {
      if (number <= current) {
        for (const item of bucket) expired.push(item);
        this.#buckets.delete(number);
      } else if (number < first) first = number;
    }
    this.#first = first;
    return expired;
  }
}
