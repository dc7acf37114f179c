const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** The partition of a key: FNV-1a over its UTF-16 units. Only this project's processes choose by it, so it need not be Kafka's own hash. */
export function partitionOfKey(key: string, partitions: number): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), FNV_PRIME);
  return (hash >>> 0) % partitions;
}

/** Spreads records without a key evenly: each topic's partitions in turn. Processes start at different ones, or the first would be everyone's favourite. */
export class Turns {
  readonly #next = new Map<string, number>();
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  take(topic: string, partitions: number): number {
    const turn = this.#next.get(topic) ?? this.#start;
    this.#next.set(topic, turn + 1);
    return turn % partitions;
  }
}
