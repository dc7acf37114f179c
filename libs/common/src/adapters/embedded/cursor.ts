import type { Delivery, SubscribeOptions } from '#common/ports';
import type { AssignablePartition, GroupMember } from './groups.ts';
import type { LogRecord, ReadableLog } from './log.ts';
import { Settlements } from './settlements.ts';

/** A subscription as the group sees it. */
export interface Member extends GroupMember {
  readonly options: SubscribeOptions;
  readonly handle: (delivery: Delivery) => void;
  taking: boolean;
  inHand: number;
  /** Cursors that have more for this member than its window allows, longest waiting first. */
  readonly blocked: Set<Cursor>;
}

/** What a cursor tells its bus. */
export interface CursorOwner {
  /** A record was settled: `freed` bytes of memory came free. */
  settled(cursor: Cursor, member: Member, freed: number): void;
  /** Everything below the position is settled; called for kept topics only. */
  moved(cursor: Cursor, position: number): void;
}

// A cursor hands out so many at a time, then lets the others of its member go on.
const QUANTUM = 16;

/** One group's reading of one partition: what it has handed out and what of that is settled. */
export class Cursor implements AssignablePartition<Member> {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly log: ReadableLog;
  owner: Member | undefined;
  /** In the bus's queue of cursors to look at. */
  queued = false;
  readonly #bus: CursorOwner;
  readonly #settlements: Settlements<Member>;

  constructor(bus: CursorOwner, group: string, topic: string, partition: number, log: ReadableLog, start: number) {
    this.#bus = bus;
    this.group = group;
    this.topic = topic;
    this.partition = partition;
    this.log = log;
    this.#settlements = new Settlements<Member>(start);
  }

  /** Records published and not settled. */
  get lag(): number {
    return this.#settlements.unsettled(this.log.end);
  }

  /** Hands records to the owner. `more`: it has room for what is left; `blocked`: its window is full; `idle`: nothing to hand out. */
  deliver(): 'idle' | 'more' | 'blocked' {
    const member = this.owner;
    if (member === undefined) return 'idle';
    for (let count = 0; count < QUANTUM; count++) {
      this.#skipGone();
      if (!this.#settlements.hasReturned && this.#settlements.next >= this.log.end) return 'idle';
      if (!member.taking) return 'idle';
      if (member.inHand >= member.options.window) return 'blocked';
      this.#handNext(member);
    }
    return 'more';
  }

  settle(offset: number, member: Member): void {
    const before = this.#settlements.watermark;
    if (!this.#settlements.settle(offset, member)) return;
    member.inHand--;
    if (this.#settlements.watermark !== before) this.#bus.moved(this, this.#settlements.watermark);
    this.#bus.settled(this, member, this.log.release(offset));
  }

  /** What the member held goes back to whoever owns the partition then. */
  giveBack(member: Member): void {
    member.inHand -= this.#settlements.giveBack(member);
  }

  /** A record can be gone before this group came to it: settled by all groups there were, or purged. */
  #skipGone(): void {
    while (this.#settlements.next < this.log.end && this.log.get(this.#settlements.next) === undefined) this.#settlements.skip();
  }

  #handNext(member: Member): void {
    const returned = this.#settlements.takeReturned(member);
    const offset = returned ?? this.#settlements.take(member);
    const record = this.log.get(offset);
    member.inHand++;
    // A returned record of a kept topic can have been purged meanwhile.
    if (record === undefined) this.settle(offset, member);
    else member.handle(new CursorDelivery(this, member, offset, record, returned !== undefined));
  }
}

class CursorDelivery implements Delivery {
  readonly offset: number;
  readonly redelivered: boolean;
  readonly #cursor: Cursor;
  readonly #member: Member;
  readonly #record: LogRecord;

  constructor(cursor: Cursor, member: Member, offset: number, record: LogRecord, redelivered: boolean) {
    this.#cursor = cursor;
    this.#member = member;
    this.#record = record;
    this.offset = offset;
    this.redelivered = redelivered;
  }

  get topic(): string {
    return this.#cursor.topic;
  }

  get partition(): number {
    return this.#cursor.partition;
  }

  get key(): string | undefined {
    return this.#record.key;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#record.headers;
  }

  get bytes(): Uint8Array {
    return this.#record.bytes;
  }

  settle(): void {
    this.#cursor.settle(this.offset, this.#member);
  }
}
