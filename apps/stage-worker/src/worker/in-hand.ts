import type { Delivery } from '#common/ports';

/** What is held of one record: one delivery, or several when it was delivered again while it was running. */
type Held = Delivery | Delivery[];

/** The records this worker has taken and not settled. One that comes back while it is here is not run again: it is settled with the first. */
export class InHand {
  readonly #topics = new Map<string, Map<number, Map<number, Held>>>();
  #count = 0;
  #waiting = 0;
  #onSettled: () => void = () => undefined;

  /** Records in hand. */
  get count(): number {
    return this.#count;
  }

  /** Those of them that are being worked on; the rest wait for a time that lies ahead. */
  get active(): number {
    return this.#count - this.#waiting;
  }

  /** Called after each settlement and each change of what waits. One listener. */
  onChange(listener: () => void): void {
    this.#onSettled = listener;
  }

  /** False when the record is here already: there is nothing to do but to wait for its end. */
  take(delivery: Delivery): boolean {
    const offsets = this.#offsetsOf(delivery);
    const held = offsets.get(delivery.offset);
    if (held === undefined) {
      offsets.set(delivery.offset, delivery);
      this.#count += 1;
      return true;
    }
    if (Array.isArray(held)) held.push(delivery);
    else offsets.set(delivery.offset, [held, delivery]);
    return false;
  }

  settle(delivery: Delivery): void {
    const offsets = this.#offsetsOf(delivery);
    const held = offsets.get(delivery.offset);
    if (held === undefined) return;
    offsets.delete(delivery.offset);
    this.#count -= 1;
    if (Array.isArray(held)) for (const each of held) each.settle();
    else held.settle();
    this.#onSettled();
  }

  /** The record waits for its time: a worker that drains does not wait with it. */
  beginWait(): void {
    this.#waiting += 1;
    this.#onSettled();
  }

  endWait(): void {
    this.#waiting -= 1;
  }

  #offsetsOf({ topic, partition }: Delivery): Map<number, Held> {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, (partitions = new Map()));
    let offsets = partitions.get(partition);
    if (offsets === undefined) partitions.set(partition, (offsets = new Map()));
    return offsets;
  }
}
