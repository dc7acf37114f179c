type State = 'in hand' | 'settled';

const COMPACT_AT = 1024;

/**
 * One partition as one member of a group sees it: which records it handed out, and up to where everything is settled. Pure.
 *
 * A generation starts at the committed offset, so records that were handed out before it may come again: `receive` calls them `known` and they must
 * not be handed out twice; whoever runs them settles them. Per offset: unknown -> in hand -> settled -> forgotten, once everything before it is settled too.
 *
 * `restart` = a new generation that keeps the partition; `lose` = one without it. What is in hand then stays known until it is settled, in case it
 * comes back; what is settled but not committed is forgotten by `lose`, since another member owns the position.
 */
export class OffsetTracker {
  readonly #states = new Map<number, State>();
  /** Offsets received in this generation from the first unsettled on, in order. */
  #order: number[] = [];
  #head = 0;
  #position: number | undefined;
  #committed: number | undefined;
  #received = false;
  #owned = true;

  /** A record of the generation, in order. `new`: hand it out, it is in hand now. `known`: it runs or ran here already. */
  receive(offset: number): 'new' | 'known' {
    if (!this.#received) this.#begin(offset);
    const known = this.#states.has(offset);
    if (!known) this.#states.set(offset, 'in hand');
    this.#order.push(offset);
    this.#advance();
    return known ? 'known' : 'new';
  }

  /** The record's effects are durable. */
  settle(offset: number): void {
    if (this.#states.get(offset) !== 'in hand') return;
    if (!this.#owned || (this.#position !== undefined && offset < this.#position)) {
      this.#states.delete(offset);
      return;
    }
    this.#states.set(offset, 'settled');
    this.#advance();
  }

  /** What to commit: the lowest offset that is not settled. Undefined when the group knows it already. */
  get uncommitted(): number | undefined {
    return this.#owned && this.#position !== this.#committed ? this.#position : undefined;
  }

  /** Records handed out and not settled. */
  get inHand(): number {
    let count = 0;
    for (const state of this.#states.values()) if (state === 'in hand') count++;
    return count;
  }

  /** The group took the commit of that offset. */
  committed(offset: number): void {
    this.#committed = offset;
  }

  /** A new generation that has the partition (again). */
  restart(): void {
    this.#order = [];
    this.#head = 0;
    this.#received = false;
    this.#owned = true;
  }

  /** A new generation without the partition. */
  lose(): void {
    this.restart();
    this.#owned = false;
    this.#position = undefined;
    this.#committed = undefined;
    for (const [offset, state] of this.#states) if (state === 'settled') this.#states.delete(offset);
  }

  #begin(first: number): void {
    this.#received = true;
    // The group went back behind what it had taken from here: its offsets were reset, or the topic is another one. Old settlements mean nothing then.
    const wentBack = this.#committed !== undefined && first < this.#committed;
    for (const [offset, state] of this.#states) if (state === 'settled' && (wentBack || offset < first)) this.#states.delete(offset);
    this.#position = first;
    this.#committed = first;
  }

  #advance(): void {
    for (;;) {
      const offset = this.#order[this.#head];
      if (offset === undefined || this.#states.get(offset) !== 'settled') break;
      this.#states.delete(offset);
      this.#position = offset + 1;
      this.#head++;
    }
    if (this.#head < COMPACT_AT) return;
    this.#order.splice(0, this.#head);
    this.#head = 0;
  }
}
