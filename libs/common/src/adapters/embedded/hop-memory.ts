import { AppError } from '#common/errors';

/** Bytes that are about to go to one topic. */
export interface TopicBytes {
  readonly topic: string;
  readonly bytes: number;
}

/**
 * Memory that unsettled hops take, and its limit. A worker settles a record only after its outputs are published, so a limit on the sum alone
 * would stop for good once an early stage has filled it: nothing could be published, hence nothing settled. So each topic may always hold
 * its equal share, whatever the others hold, and one record if it is empty. The last stage publishes nothing, hence its topic always drains,
 * then that of the stage before it, and so on. In all they hold at most twice the limit and a record for each topic.
 */
export class HopMemory {
  readonly #maxBytes: number;
  readonly #heldBy = new Map<string, number>();
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  addTopic(topic: string): void {
    this.#heldBy.set(topic, 0);
  }

  /** Called per publish. Throws BUS_UNAVAILABLE when there is no room for all of it. */
  check(wanted: readonly TopicBytes[]): void {
    let total = this.#held;
    for (const { bytes } of wanted) total += bytes;
    if (total <= this.#maxBytes) return;
    const share = this.#maxBytes / this.#heldBy.size;
    for (const { topic, bytes } of sums(wanted)) {
      const held = this.#heldBy.get(topic) ?? 0;
      if (held + bytes <= share || (held === 0 && bytes <= this.#maxBytes)) continue;
      const state = `The embedded bus holds ${this.#held} bytes of unsettled records, ${held} of them in "${topic}"`;
      throw new AppError('BUS_UNAVAILABLE', `${state}; ${bytes} more there would pass its limit of ${this.#maxBytes}. Lower the load.`);
    }
  }

  take(topic: string, bytes: number): void {
    this.#add(topic, bytes);
  }

  free(topic: string, bytes: number): void {
    this.#add(topic, -bytes);
  }

  #add(topic: string, bytes: number): void {
    this.#held += bytes;
    this.#heldBy.set(topic, (this.#heldBy.get(topic) ?? 0) + bytes);
  }
}

function sums(wanted: readonly TopicBytes[]): readonly TopicBytes[] {
  const byTopic = new Map<string, number>();
  for (const { topic, bytes } of wanted) byTopic.set(topic, (byTopic.get(topic) ?? 0) + bytes);
  return [...byTopic].map(([topic, bytes]) => ({ topic, bytes }));
}
