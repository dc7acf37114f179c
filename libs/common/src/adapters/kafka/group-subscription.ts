import { AppError, toAppError } from '#common/errors';
import type { Clock, Delivery, Log, SubscribeOptions, Subscription } from '#common/ports';
import type { FetchedRecord, GroupMember, KafkaDriver, MemberListener, TopicPartition } from './kafka-driver.ts';
import { OffsetTracker } from './offset-tracker.ts';

// Fetched and not handed out: enough to bridge a fetch, little enough to hold in memory. Nobody else runs these, so they cost no repeats.
const BACKLOG_HIGH = { records: 1024, bytes: 8 * 1024 ** 2 } as const;
const BACKLOG_LOW = { records: 256, bytes: 2 * 1024 ** 2 } as const;

export interface GroupSubscriptionOptions {
  readonly driver: KafkaDriver;
  readonly clock: Clock;
  readonly log: Log;
  readonly commitEveryMs: number;
  readonly subscribe: SubscribeOptions;
  readonly handle: (delivery: Delivery) => void;
}

interface Partition extends TopicPartition {
  readonly tracker: OffsetTracker;
  owned: boolean;
  /** Records below it were there when the partition came: another member may have had them. */
  redeliveredBelow: number;
}

/**
 * A member of a group as the Bus port shows it. JOINING -> TAKING -> DRAINING (stopTaking) -> CLOSED; any -> CLOSED when the member fails.
 * TAKING hands records out while fewer than `window` are in hand. DRAINING hands out nothing, keeps its partitions and commits what is settled.
 * CLOSED has committed and left; settlements mean nothing any more.
 */
export class GroupSubscription implements Subscription, MemberListener {
  readonly #options: GroupSubscriptionOptions;
  readonly #partitions = new Map<string, Partition>();
  #member: GroupMember | undefined;
  #state: 'joining' | 'taking' | 'draining' | 'closed' = 'joining';
  #backlog: FetchedRecord[] = [];
  #backlogHead = 0;
  #backlogBytes = 0;
  #paused = false;
  #pumping = false;
  #inHand = 0;
  #committing: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: GroupSubscriptionOptions) {
    this.#options = options;
  }

  /** Joins the group. Call once. @throws BUS_UNAVAILABLE */
  async start(): Promise<void> {
    const { group, topics } = this.#options.subscribe;
    this.#member = await this.#options.driver.join({ group, topics }, this);
    if (this.#state === 'joining') this.#state = 'taking';
    this.#scheduleCommit();
    this.#schedulePump();
  }

  stopTaking(): void {
    if (this.#state === 'closed') return;
    this.#state = 'draining';
    this.#clearBacklog();
    this.#member?.pause();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  onAssigned(assigned: readonly (TopicPartition & { readonly end: number })[]): void {
    // Everything that is not in hand comes again, from the committed offset on.
    this.#clearBacklog();
    const gone = new Set(this.#partitions.keys());
    for (const { topic, partition, end } of assigned) {
      const key = `${topic}:${partition}`;
      gone.delete(key);
      const known = this.#partitions.get(key);
      const place = known ?? { topic, partition, tracker: new OffsetTracker(), owned: false, redeliveredBelow: end };
      if (!place.owned) place.redeliveredBelow = end;
      place.owned = true;
      place.tracker.restart();
      this.#partitions.set(key, place);
    }
    for (const key of gone) this.#lose(key);
    if (this.#state === 'draining') this.#member?.pause();
  }

  onRevoking(): void {
    void this.#commit();
  }

  onRecords(records: readonly FetchedRecord[]): void {
    if (this.#state === 'draining' || this.#state === 'closed') return;
    for (const record of records) {
      this.#backlog.push(record);
      this.#backlogBytes += record.bytes.length;
    }
    this.#pump();
    const waiting = this.#backlog.length - this.#backlogHead;
    if (!this.#paused && (waiting >= BACKLOG_HIGH.records || this.#backlogBytes >= BACKLOG_HIGH.bytes)) {
      this.#paused = true;
      this.#member?.pause();
    }
  }

  onFailed(error: Error): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#stop();
    const failure = toAppError(error, 'BUS_UNAVAILABLE');
    this.#options.log.write('error', 'member of a consumer group failed; its owner has to subscribe again', { group: this.#options.subscribe.group, error: failure.message });
    this.#options.subscribe.onFailure?.(failure);
  }

  /** Called by a delivery, once. */
  settle({ topic, partition, offset }: FetchedRecord): void {
    if (this.#state === 'closed') return;
    const key = `${topic}:${partition}`;
    const place = this.#partitions.get(key);
    place?.tracker.settle(offset);
    if (place?.owned === false && place.tracker.inHand === 0) this.#partitions.delete(key);
    this.#inHand--;
    this.#schedulePump();
  }

  async #close(): Promise<void> {
    this.stopTaking();
    if (this.#state !== 'closed') {
      this.#cancelTimer?.();
      await this.#committing;
      await this.#commit();
      this.#state = 'closed';
    }
    this.#stop();
    await this.#member?.leave();
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#clearBacklog();
    this.#partitions.clear();
  }

  #lose(key: string): void {
    const place = this.#partitions.get(key);
    if (place === undefined || !place.owned) return;
    place.owned = false;
    place.tracker.lose();
    if (place.tracker.inHand === 0) this.#partitions.delete(key);
  }

  #clearBacklog(): void {
    this.#backlog = [];
    this.#backlogHead = 0;
    this.#backlogBytes = 0;
    this.#resumeIfLow();
  }

  // Never from inside `settle`: the caller is in the middle of something.
  #schedulePump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#state === 'taking' && this.#inHand < this.#options.subscribe.window) {
      const record = this.#backlog[this.#backlogHead];
      if (record === undefined) break;
      this.#backlogHead++;
      this.#backlogBytes -= record.bytes.length;
      this.#handOut(record);
    }
    this.#compactBacklog();
    this.#resumeIfLow();
  }

  #handOut(record: FetchedRecord): void {
    const place = this.#partitions.get(`${record.topic}:${record.partition}`);
    if (place === undefined || !place.owned || place.tracker.receive(record.offset) === 'known') return;
    this.#inHand++;
    try {
      this.#options.handle(new KafkaDelivery(this, record, record.offset < place.redeliveredBelow));
    } catch (error) {
      // It broke its promise, so nobody knows what became of the record: leave, and let others have it.
      this.onFailed(toAppError(error));
      void this.#member?.leave();
    }
  }

  #compactBacklog(): void {
    if (this.#backlogHead < this.#backlog.length && this.#backlogHead < BACKLOG_HIGH.records) return;
    this.#backlog = this.#backlog.slice(this.#backlogHead);
    this.#backlogHead = 0;
  }

  #resumeIfLow(): void {
    if (!this.#paused || this.#state !== 'taking') return;
    if (this.#backlog.length - this.#backlogHead > BACKLOG_LOW.records || this.#backlogBytes > BACKLOG_LOW.bytes) return;
    this.#paused = false;
    this.#member?.resume();
  }

  #scheduleCommit(): void {
    this.#cancelTimer = this.#options.clock.after(this.#options.commitEveryMs, () => {
      this.#committing ??= this.#commit().finally(() => {
        this.#committing = undefined;
      });
      if (this.#state !== 'closed') this.#scheduleCommit();
    });
  }

  /** Never rejects: what is not committed now is tried again with the next round, or redelivered. */
  async #commit(): Promise<void> {
    const places = [...this.#partitions.values()].filter((place) => place.owned);
    const offsets = places.flatMap((place) => {
      const offset = place.tracker.uncommitted;
      return offset === undefined ? [] : [{ place, offset }];
    });
    if (offsets.length === 0 || this.#member === undefined) return;
    try {
      await this.#member.commit(offsets.map(({ place, offset }) => ({ topic: place.topic, partition: place.partition, offset })));
      for (const { place, offset } of offsets) if (place.owned) place.tracker.committed(offset);
    } catch (error) {
      this.#options.log.write('debug', 'commit refused; tried again with the next', { group: this.#options.subscribe.group, error: toAppError(error).message });
    }
  }
}

class KafkaDelivery implements Delivery {
  readonly redelivered: boolean;
  readonly #owner: GroupSubscription;
  readonly #record: FetchedRecord;
  #settled = false;

  constructor(owner: GroupSubscription, record: FetchedRecord, redelivered: boolean) {
    this.#owner = owner;
    this.#record = record;
    this.redelivered = redelivered;
  }

  get topic(): string {
    return this.#record.topic;
  }

  get partition(): number {
    return this.#record.partition;
  }

  get offset(): number {
    return this.#record.offset;
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
    if (this.#settled) return;
    this.#settled = true;
    this.#owner.settle(this.#record);
  }
}

/** @throws INTERNAL for a window that no member may have */
export function checkWindow({ group, window }: SubscribeOptions): void {
  if (Number.isInteger(window) && window >= 1 && window <= MAX_WINDOW) return;
  throw new AppError('INTERNAL', `Group "${group}": window is ${window}, must be a whole number from 1 to ${MAX_WINDOW}.`);
}

// A window above it would let one member hoard what others could do.
const MAX_WINDOW = 256;
