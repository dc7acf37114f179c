/** What a partition holds: a record as it was published. */
export interface LogRecord {
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** A partition as its groups read it, whether it lies in memory or in the store. */
export interface ReadableLog {
  /** Offset below which nothing is left. */
  readonly start: number;
  /** Offset the next record will get. */
  readonly end: number;
  /** Undefined: not there yet, or gone. */
  get(offset: number): LogRecord | undefined;
  /** A group starts to read: every record now needs its settlement too. */
  addReader(): void;
  /** One group has settled the record. Answers how many bytes that freed. */
  release(offset: number): number;
}

interface Slot {
  readonly record: LogRecord;
  /** Groups that have not settled the record yet. */
  readers: number;
}

// Freed slots at the front are cut off in one go, so that a trim costs nothing per record.
const COMPACT_AT = 1024;

/**
 * One partition in memory: records under growing offsets. A record goes as soon as every group has settled it, so one slow record does
 * not hold the bytes of those behind it. A log that no group reads keeps everything for the first one: groups start at the earliest record.
 */
export class PartitionLog implements ReadableLog {
  #slots: (Slot | undefined)[] = [];
  /** Offset of `#slots[0]`. */
  #base = 0;
  #firstKept = 0;
  #readers = 0;

  /** Offset the next record will get. */
  get end(): number {
    return this.#base + this.#slots.length;
  }

  /** Offset below which nothing is left. */
  get start(): number {
    return this.#firstKept;
  }

  append(record: LogRecord): number {
    this.#slots.push({ record, readers: this.#readers });
    return this.end - 1;
  }

  /** Undefined: not yet there, or settled by every group that read it. */
  get(offset: number): LogRecord | undefined {
    return this.#slots[offset - this.#base]?.record;
  }

  /** A group starts to read, from `start` on: every record now needs its settlement too. */
  addReader(): void {
    this.#readers++;
    for (const slot of this.#slots) if (slot !== undefined) slot.readers++;
  }

  /** One group has settled the record. Answers how many bytes that freed: 0 while another group still needs them. */
  release(offset: number): number {
    const index = offset - this.#base;
    const slot = this.#slots[index];
    if (slot === undefined || --slot.readers > 0) return 0;
    this.#slots[index] = undefined;
    this.#advance();
    return slot.record.bytes.length;
  }

  #advance(): void {
    const { end } = this;
    while (this.#firstKept < end && this.#slots[this.#firstKept - this.#base] === undefined) this.#firstKept++;
    const freed = this.#firstKept - this.#base;
    if (freed < COMPACT_AT || freed * 2 < this.#slots.length) return;
    this.#slots = this.#slots.slice(freed);
    this.#base = this.#firstKept;
  }
}

/** FNV-1a over the key's UTF-16 code units: spreads request ids evenly and needs no bytes of them. */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash ^= key.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  // FNV's low bits alone follow the last character; fold the high ones in.
  hash ^= hash >>> 15;
  return (hash >>> 0) % partitions;
}
