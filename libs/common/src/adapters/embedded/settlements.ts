const SETTLED = Symbol('settled');
const RETURNED = Symbol('returned');

const COMPACT_AT = 1024;

/**
 * Who holds what of one partition for one group, and how far it is settled without a gap. Offsets are taken in order; they are settled
 * in any order. `H` = a holder, compared by identity.
 *
 * Per offset: untaken -> held by one -> settled; held -> returned (its holder left) -> held by another. Settled is final.
 */
export class Settlements<H extends object> {
  #entries: (H | typeof SETTLED | typeof RETURNED)[] = [];
  /** Offset of `#entries[0]`. */
  #base: number;
  #watermark: number;
  /** Settled offsets at or beyond the watermark. */
  #ahead = 0;
  #returned = 0;

  constructor(start: number) {
    this.#base = start;
    this.#watermark = start;
  }

  /** Everything below is settled. */
  get watermark(): number {
    return this.#watermark;
  }

  /** The next offset never taken. */
  get next(): number {
    return this.#base + this.#entries.length;
  }

  get hasReturned(): boolean {
    return this.#returned > 0;
  }

  /** How many of the records below `end` are not settled. */
  unsettled(end: number): number {
    return end - this.#watermark - this.#ahead;
  }

  /** Hands the offset `next` to the holder. */
  take(holder: H): number {
    this.#entries.push(holder);
    return this.next - 1;
  }

  /** Hands the lowest returned offset to the holder; undefined when there is none. */
  takeReturned(holder: H): number | undefined {
    if (this.#returned === 0) return undefined;
    const index = this.#entries.indexOf(RETURNED, this.#watermark - this.#base);
    this.#returned--;
    this.#entries[index] = holder;
    return this.#base + index;
  }

  /** Marks the next offset as settled without a holder: there is no record any more. */
  skip(): void {
    this.#entries.push(SETTLED);
    this.#ahead++;
    this.#advance();
  }

  /** Settles what the holder holds. False: it does not hold the offset (it left, or settled it before), and nothing happens. */
  settle(offset: number, holder: H): boolean {
    const index = offset - this.#base;
    if (this.#entries[index] !== holder) return false;
    this.#entries[index] = SETTLED;
    this.#ahead++;
    if (offset === this.#watermark) this.#advance();
    return true;
  }

  /** The holder leaves: what it held is returned. Answers how many. */
  giveBack(holder: H): number {
    let count = 0;
    for (let index = this.#watermark - this.#base; index < this.#entries.length; index++) {
      if (this.#entries[index] !== holder) continue;
      this.#entries[index] = RETURNED;
      count++;
    }
    this.#returned += count;
    return count;
  }

  #advance(): void {
    let index = this.#watermark - this.#base;
    while (this.#entries[index] === SETTLED) {
      index++;
      this.#ahead--;
    }
    this.#watermark = this.#base + index;
    if (index < COMPACT_AT || index * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(index);
    this.#base = this.#watermark;
  }
}
