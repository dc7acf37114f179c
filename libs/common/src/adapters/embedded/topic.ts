import type { TopicSpec } from '#common/ports';
import { Cursor } from './cursor.ts';
import type { CursorOwner } from './cursor.ts';
import type { KeptLogs } from './kept-log.ts';
import { partitionOf, PartitionLog } from './log.ts';
import type { LogRecord, ReadableLog } from './log.ts';

/** Shared by all records without headers. */
export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A topic of the embedded bus: its partitions and who reads each. */
export class Topic {
  readonly name: string;
  readonly isKept: boolean;
  readonly partitions: ReadableLog[] = [];
  /** By partition: the cursors of all groups. */
  readonly cursors: Cursor[][] = [];
  readonly #kept: KeptLogs;
  #turn = 0;

  constructor(spec: TopicSpec, kept: KeptLogs) {
    this.name = spec.name;
    this.isKept = spec.retention === 'kept';
    this.#kept = kept;
    this.grow(spec.partitions);
  }

  grow(partitions: number): void {
    for (let partition = this.partitions.length; partition < partitions; partition++) {
      this.partitions.push(this.isKept ? new KeptPartition(this.#kept, this.name, partition) : new PartitionLog());
      this.cursors.push([]);
    }
  }

  /** The partition of a key; without one they take turns. */
  place(key: string | undefined): number {
    if (key !== undefined) return partitionOf(key, this.partitions.length);
    this.#turn = (this.#turn + 1) % this.partitions.length;
    return this.#turn;
  }

  /** Of hop topics only; kept records go through the store. */
  append(partition: number, record: LogRecord): void {
    const log = this.partitions[partition];
    if (log instanceof PartitionLog) log.append(record);
  }

  /** Where a group that has no cursor yet would start. */
  startOf(group: string, partition: number): number {
    return this.isKept ? this.#kept.position(group, this.name, partition) : (this.partitions[partition]?.start ?? 0);
  }

  /** A group starts to read the partition. */
  open(bus: CursorOwner, group: string, partition: number): Cursor {
    const log = this.partitions[partition] as ReadableLog;
    const cursor = new Cursor(bus, group, this.name, partition, log, this.startOf(group, partition));
    log.addReader();
    this.cursors[partition]?.push(cursor);
    return cursor;
  }
}

/** A kept partition read from the store; settling a record leaves it there. */
class KeptPartition implements ReadableLog {
  readonly #kept: KeptLogs;
  readonly #topic: string;
  readonly #partition: number;

  constructor(kept: KeptLogs, topic: string, partition: number) {
    this.#kept = kept;
    this.#topic = topic;
    this.#partition = partition;
  }

  get start(): number {
    return this.#kept.range(this.#topic, this.#partition).start;
  }

  get end(): number {
    return this.#kept.range(this.#topic, this.#partition).end;
  }

  get(offset: number): LogRecord | undefined {
    return this.#kept.read(this.#topic, this.#partition, offset);
  }

  addReader(): void {}

  release(): number {
    return 0;
  }
}
