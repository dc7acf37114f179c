/** What decides whether an item fits into a batch. */
export interface Batchable {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
  /** Whom it shares a request with: a record that failed among others goes with its own partition, or by itself. */
  readonly company: 'any' | 'partition' | 'none';
}

// A broker takes 1 MiB per partition and request unless told otherwise; the rest of it is for headers and framing.
const MAX_PARTITION_BYTES = 768 * 1024;
const MAX_REQUEST_BYTES = 4 * 1024 ** 2;
const RECORD_OVERHEAD_BYTES = 128;

/**
 * Takes the items of the next request from a queue; what does not fit stays, in its order. A partition that is full or that follows an item left behind
 * takes no more, so the records of one partition keep their order. The first item always fits, however large.
 */
export function takeBatch<T>(queue: readonly T[], describe: (item: T) => Batchable): { readonly batch: T[]; readonly rest: T[] } {
  const batch: T[] = [];
  const rest: T[] = [];
  const room = new Room();
  for (const [index, item] of queue.entries()) {
    if (room.isFull) return { batch, rest: rest.concat(queue.slice(index)) };
    (room.take(describe(item)) ? batch : rest).push(item);
  }
  return { batch, rest };
}

/** What one request still takes. */
class Room {
  readonly #partitionBytes = new Map<string, number>();
  readonly #leftBehind = new Set<string>();
  #requestBytes = 0;
  #company: Batchable['company'] | undefined;
  #firstKey = '';

  get isFull(): boolean {
    return this.#requestBytes >= MAX_REQUEST_BYTES || this.#company === 'none';
  }

  take(item: Batchable): boolean {
    const key = `${item.topic}:${item.partition}`;
    const size = item.bytes.length + RECORD_OVERHEAD_BYTES;
    if (this.#company === undefined) {
      this.#company = item.company;
      this.#firstKey = key;
    } else if (!this.#fits(item, key, size)) {
      this.#leftBehind.add(key);
      return false;
    }
    this.#partitionBytes.set(key, (this.#partitionBytes.get(key) ?? 0) + size);
    this.#requestBytes += size;
    return true;
  }

  #fits(item: Batchable, key: string, size: number): boolean {
    if (item.company !== this.#company || (this.#company === 'partition' && key !== this.#firstKey)) return false;
    if (this.#leftBehind.has(key) || this.#requestBytes + size > MAX_REQUEST_BYTES) return false;
    return (this.#partitionBytes.get(key) ?? 0) + size <= MAX_PARTITION_BYTES;
  }
}
