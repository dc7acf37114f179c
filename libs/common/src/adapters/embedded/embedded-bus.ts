import { AppError, toAppError } from '#common/errors';
import type { BrowsableBus, Bus, BusRecord, Clock, Delivery, KeptRange, KeptRecord, Log, SubscribeOptions, Subscription, TopicLag, TopicSpec } from '#common/ports';
import { Cursor } from './cursor.ts';
import type { CursorOwner, Member } from './cursor.ts';
import { assignPartitions } from './groups.ts';
import { HopMemory } from './hop-memory.ts';
import type { TopicBytes } from './hop-memory.ts';
import type { KeptLogs } from './kept-log.ts';
import { NO_HEADERS, Topic } from './topic.ts';

export interface EmbeddedBusOptions {
  readonly kept: KeptLogs;
  readonly clock: Clock;
  readonly log: Log;
  /** Most bytes of unsettled hop records in memory; publishing beyond it is refused, as `HopMemory` says. */
  readonly maxBytes: number;
}

interface Group {
  readonly name: string;
  readonly members: Set<Member>;
  /** By topic, then partition. They stay when all members leave: the group goes on where it was. */
  readonly cursors: Map<string, Cursor[]>;
}

// A window above it would let one member hoard what others could do.
const MAX_WINDOW = 256;

/**
 * The bus of one process. Hops lie in memory; records of kept topics in the store. Handlers are called from a microtask, in batches,
 * never from inside `publish` or `settle`, so a handler may publish and settle at once.
 */
export class EmbeddedBus implements Bus, BrowsableBus, CursorOwner {
  readonly #options: EmbeddedBusOptions;
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, Group>();
  readonly #memory: HopMemory;
  #ready: Cursor[] = [];
  #pumpScheduled = false;
  #closed = false;

  constructor(options: EmbeddedBusOptions) {
    this.#options = options;
    this.#memory = new HopMemory(options.maxBytes);
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    for (const spec of topics) {
      const topic = this.#topics.get(spec.name);
      if (topic === undefined) this.#create(spec);
      else topic.grow(spec.partitions);
      for (const group of this.#groups.values()) if (group.cursors.has(spec.name)) this.#reassign(group);
    }
  }

  publish(records: readonly BusRecord[]): Promise<void> {
    try {
      if (this.#checkPublish(records) === 'kept') return this.#publishKept(records);
      for (const record of records) this.#append(record);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(toAppError(error));
    }
  }

  hasTopic(name: string): boolean {
    return this.#topics.has(name);
  }

  /** Publishes what a crash interrupted. It was admitted once, so the memory limit does not refuse it again. */
  restore(records: readonly BusRecord[]): void {
    this.#checkOpen();
    for (const record of records) this.#append(record);
  }

  async subscribe(options: SubscribeOptions, handle: (delivery: Delivery) => void): Promise<Subscription> {
    this.#checkOpen();
    if (!Number.isInteger(options.window) || options.window < 1 || options.window > MAX_WINDOW) {
      throw new AppError('INTERNAL', `Group "${options.group}": window is ${options.window}, must be a whole number from 1 to ${MAX_WINDOW}.`);
    }
    for (const topic of options.topics) this.#topic(topic);
    const group = this.#group(options.group);
    const member: Member = { topics: options.topics, options, handle, taking: true, inHand: 0, blocked: new Set() };
    group.members.add(member);
    this.#reassign(group);
    return {
      stopTaking: () => {
        member.taking = false;
        this.#reassign(group);
      },
      close: async () => {
        this.#leave(group, member);
        await this.#options.kept.written();
      },
    };
  }

  async lag(group: string, topics: readonly string[]): Promise<readonly TopicLag[]> {
    this.#checkOpen();
    return topics.map((name) => {
      const topic = this.#topic(name);
      const cursors = this.#groups.get(group)?.cursors.get(name);
      // A group that never came starts at the earliest record, so all of them wait for it.
      return { topic: name, partitions: topic.partitions.map((log, partition) => cursors?.[partition]?.lag ?? log.end - topic.startOf(group, partition)) };
    });
  }

  async ranges(topic: string): Promise<readonly KeptRange[]> {
    return this.#keptTopic(topic).partitions.map((_, partition) => this.#options.kept.range(topic, partition));
  }

  async browse(topic: string, partition: number, fromOffset: number, limit: number): Promise<readonly KeptRecord[]> {
    return this.#keptTopic(topic) && this.#options.kept.browse(topic, partition, fromOffset, limit);
  }

  async purge(topic: string, partition: number, beforeOffset: number): Promise<void> {
    this.#keptTopic(topic);
    await this.#options.kept.remove(topic, partition, beforeOffset);
  }

  /** Calls no handler any more and refuses everything. The owner closes subscriptions first. */
  close(): void {
    this.#closed = true;
    this.#ready = [];
  }

  settled(cursor: Cursor, member: Member, freed: number): void {
    this.#memory.free(cursor.topic, freed);
    this.#wakeBlocked(member);
  }

  moved(cursor: Cursor, position: number): void {
    if (!this.#topic(cursor.topic).isKept || this.#closed) return;
    // Lost with the process if it is not written: the record is then delivered again, which receivers tolerate.
    this.#options.kept.savePosition(cursor.group, cursor.topic, cursor.partition, position).catch((error: unknown) => {
      this.#options.log.write('warn', 'position of a group not stored; records may be delivered again after a restart', { group: cursor.group, topic: cursor.topic, error: String(error) });
    });
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError('BUS_UNAVAILABLE', 'The embedded bus is closed: the server is shutting down.');
  }

  /** Checks all records before the first is written. Answers whether any goes to a kept topic. */
  #checkPublish(records: readonly BusRecord[]): 'hops' | 'kept' {
    this.#checkOpen();
    let kinds: 'hops' | 'kept' = 'hops';
    const wanted: TopicBytes[] = [];
    for (const { topic, bytes } of records) {
      if (this.#topic(topic).isKept) kinds = 'kept';
      else wanted.push({ topic, bytes: bytes.length });
    }
    this.#memory.check(wanted);
    return kinds;
  }

  #create(spec: TopicSpec): void {
    this.#topics.set(spec.name, new Topic(spec, this.#options.kept));
    if (spec.retention === 'hop') this.#memory.addTopic(spec.name);
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new AppError('BUS_UNAVAILABLE', `There is no topic "${name}". Topics are created when a pipeline is deployed.`);
    return topic;
  }

  #keptTopic(name: string): Topic {
    this.#checkOpen();
    const topic = this.#topic(name);
    if (topic.isKept) return topic;
    throw new AppError('BUS_UNAVAILABLE', `Topic "${name}" holds hops: its records go once they are settled and cannot be browsed.`);
  }

  async #publishKept(records: readonly BusRecord[]): Promise<void> {
    const atMs = this.#options.clock.clusterNow();
    const kept = records.filter((record) => this.#topic(record.topic).isKept);
    await Promise.all(
      [...new Set(kept.map((record) => record.topic))].map(async (name) => {
        const topic = this.#topic(name);
        const entries = kept
          .filter((record) => record.topic === name)
          .map((record) => ({ partition: topic.place(record.key), record: { key: record.key, headers: record.headers ?? NO_HEADERS, bytes: record.bytes } }));
        await this.#options.kept.append(name, entries, atMs).catch((error: unknown) => {
          throw new AppError('BUS_UNAVAILABLE', `Topic "${name}" could not be written: ${toAppError(error).message}`, { cause: error });
        });
        for (const { partition } of entries) topic.cursors[partition]?.forEach((cursor) => this.#wake(cursor));
      }),
    );
    for (const record of records) if (!this.#topic(record.topic).isKept) this.#append(record);
  }

  #append(record: BusRecord): void {
    const topic = this.#topic(record.topic);
    const partition = topic.place(record.key);
    topic.append(partition, { key: record.key, headers: record.headers ?? NO_HEADERS, bytes: record.bytes });
    this.#memory.take(record.topic, record.bytes.length);
    for (const cursor of topic.cursors[partition] ?? []) this.#wake(cursor);
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = { name, members: new Set(), cursors: new Map() }));
    return group;
  }

  /** Gives the group a cursor for every partition its members read, and every cursor its owner. */
  #reassign(group: Group): void {
    const names = new Set([...group.cursors.keys(), ...[...group.members].flatMap((member) => member.topics)]);
    for (const name of names) {
      const topic = this.#topic(name);
      const cursors = group.cursors.get(name) ?? [];
      group.cursors.set(name, cursors);
      for (let partition = cursors.length; partition < topic.partitions.length; partition++) cursors.push(topic.open(this, group.name, partition));
    }
    const all = [...group.cursors.values()].flat();
    assignPartitions(all, [...group.members]);
    for (const member of group.members) member.blocked.clear();
    for (const cursor of all) this.#wake(cursor);
  }

  #leave(group: Group, member: Member): void {
    if (!group.members.delete(member)) return;
    member.taking = false;
    for (const cursors of group.cursors.values()) for (const cursor of cursors) cursor.giveBack(member);
    this.#reassign(group);
  }

  #wake(cursor: Cursor): void {
    if (cursor.queued) return;
    cursor.queued = true;
    this.#ready.push(cursor);
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => this.#pump());
  }

  /** A place came free: the cursor that has waited longest for one gets it. */
  #wakeBlocked(member: Member): void {
    for (const cursor of member.blocked) {
      member.blocked.delete(cursor);
      this.#wake(cursor);
      return;
    }
  }

  #pump(): void {
    // What handlers wake while this runs goes to the end of the same list; the windows bound it.
    for (let index = 0; index < this.#ready.length; index++) {
      const cursor = this.#ready[index];
      if (cursor === undefined) break;
      cursor.queued = false;
      this.#deliver(cursor);
    }
    this.#ready = [];
    this.#pumpScheduled = false;
  }

  #deliver(cursor: Cursor): void {
    const member = cursor.owner;
    if (member === undefined) return;
    try {
      const state = cursor.deliver();
      if (state === 'blocked') member.blocked.add(cursor);
      if (state === 'more') this.#wake(cursor);
      // It did not use the place it was given.
      if (state === 'idle' && member.inHand < member.options.window) this.#wakeBlocked(member);
    } catch (error) {
      this.#fail(cursor.group, member, error);
    }
  }

  /** A handler that throws broke its promise: its state is unknown, so the member leaves and what it held goes to others. */
  #fail(groupName: string, member: Member, thrown: unknown): void {
    const error = toAppError(thrown);
    this.#options.log.write('error', 'handler of a subscription threw; the member left its group', { group: groupName, error: error.message });
    this.#leave(this.#group(groupName), member);
    member.options.onFailure?.(error);
  }
}
