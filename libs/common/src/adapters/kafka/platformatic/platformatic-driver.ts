import { Admin, ListOffsetTimestamps, Producer } from '@platformatic/kafka';
import type { ClusterMetadata } from '@platformatic/kafka';
import type { Log } from '#common/ports';
import type { KafkaConnection } from '../kafka-connection.ts';
import type { DriverRecord, GroupMember, KafkaDriver, MemberListener, MemberOptions, PartitionRange, TopicCreation, TopicLayout, TopicPartition } from '../kafka-driver.ts';
import { fromPlatformatic, hasErrorType } from './platformatic-errors.ts';
import { PlatformaticMember } from './platformatic-member.ts';
import type { GroupProtocol } from './platformatic-member.ts';
import { baseOptions } from './platformatic-options.ts';
import { SERIALIZERS, toMessage } from './platformatic-records.ts';

const ALL_REPLICAS = -1;
const ADMIN_RETRIES = { retries: 3, retryDelay: 100 } as const;

export interface PlatformaticDriverOptions {
  readonly log: Log;
  /** `consumer` = KIP-848. */
  readonly protocol: GroupProtocol;
}

/** Kafka through @platformatic/kafka 2.12.1. */
export class PlatformaticDriver implements KafkaDriver {
  readonly #connection: KafkaConnection;
  readonly #options: PlatformaticDriverOptions;
  readonly #admin: Admin;
  readonly #producer: Producer<string | undefined, Buffer, string, string>;

  constructor(connection: KafkaConnection, options: PlatformaticDriverOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#admin = new Admin({ ...baseOptions(connection), ...ADMIN_RETRIES });
    this.#producer = new Producer({ ...baseOptions(connection), acks: ALL_REPLICAS, serializers: SERIALIZERS });
    // Failures reach the caller of each method; without a listener this one would end the process.
    for (const client of [this.#admin, this.#producer]) client.on('error', () => undefined);
  }

  async layout(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLayout>> {
    const metadata = await this.#ask('describe topics', () => this.#existing(topics));
    return new Map(
      topics.flatMap((topic) => {
        const found = metadata?.topics.get(topic);
        return found === undefined ? [] : [[topic, { leaders: found.partitions.map((partition) => partition.leader) }] as const];
      }),
    );
  }

  async produce(records: readonly DriverRecord[]): Promise<readonly TopicPartition[]> {
    try {
      const { offsets = [] } = await this.#producer.send({ messages: records.map(toMessage), acks: ALL_REPLICAS });
      return offsets;
    } catch (error) {
      this.#producer.clearMetadata();
      // Where several brokers were asked, some may have written theirs.
      const written = (error as { readonly produced?: { readonly offsets?: readonly TopicPartition[] } }).produced?.offsets ?? [];
      if (written.length > 0) return written;
      throw fromPlatformatic('take records', error);
    }
  }

  async join(options: MemberOptions, listener: MemberListener): Promise<GroupMember> {
    const member = new PlatformaticMember({ ...options, ...this.#options, listener, connection: this.#connection, ranges: (topics) => this.ranges(topics) });
    await member.start();
    return member;
  }

  async createTopics(topics: readonly TopicCreation[]): Promise<void> {
    await this.#ask('create topics', async () => {
      // One request has one set of settings for all its topics.
      for (const group of Map.groupBy(topics, ({ config }) => JSON.stringify(config)).values()) {
        const configs = Object.entries(group[0]?.config ?? {}).map(([name, value]) => ({ name, value }));
        await tolerate('TOPIC_ALREADY_EXISTS', this.#admin.createTopics({ topics: group.map(({ name, partitions }) => ({ topic: name, partitions })), configs }));
      }
    });
  }

  async growTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
    await this.#ask('grow topics', async () => {
      // Someone else may have grown it meanwhile.
      await tolerate('INVALID_PARTITIONS', this.#admin.createPartitions({ topics: topics.map(({ name, partitions }) => ({ name, count: partitions, assignments: null })) }));
    });
  }

  async ranges(topics: readonly string[]): Promise<ReadonlyMap<string, readonly PartitionRange[]>> {
    const layout = await this.layout(topics);
    const at = (timestamp: bigint) => [...layout].map(([name, { leaders }]) => ({ name, partitions: leaders.map((_, partitionIndex) => ({ partitionIndex, timestamp })) }));
    if (layout.size === 0) return new Map();
    const [starts, ends] = await this.#ask('list offsets', () =>
      Promise.all([this.#admin.listOffsets({ topics: at(ListOffsetTimestamps.EARLIEST) }), this.#admin.listOffsets({ topics: at(ListOffsetTimestamps.LATEST) })]),
    );
    const ranges = new Map<string, PartitionRange[]>();
    for (const { name, partitions } of ends) ranges.set(name, partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map(({ offset }) => ({ start: 0, end: Number(offset) })));
    for (const { name, partitions } of starts) {
      for (const { partitionIndex, offset } of partitions) {
        const own = ranges.get(name);
        const range = own?.[partitionIndex];
        if (own !== undefined && range !== undefined) own[partitionIndex] = { ...range, start: Number(offset) };
      }
    }
    return ranges;
  }

  async committed(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, readonly (number | undefined)[]>> {
    const layout = await this.layout(topics);
    const wanted = [...layout].map(([name, { leaders }]) => ({ name, partitionIndexes: leaders.map((_, index) => index) }));
    const groups = await this.#ask(`list offsets of group "${group}"`, () => this.#admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: wanted }] }));
    return new Map(
      (groups[0]?.topics ?? []).map(({ name, partitions }) => {
        const offsets: (number | undefined)[] = [];
        for (const { partitionIndex, committedOffset } of partitions) offsets[partitionIndex] = committedOffset < 0n ? undefined : Number(committedOffset);
        return [name, offsets] as const;
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#admin.close(), this.#producer.close()]);
  }

  /** One missing topic makes the package reject the question about all of them. */
  async #existing(topics: readonly string[]): Promise<ClusterMetadata | undefined> {
    if (topics.length === 0) return undefined;
    try {
      return await this.#admin.metadata({ topics: [...topics], forceUpdate: true, retries: 0 });
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('Unknown topic')) throw error;
    }
    const existing = new Set(await this.#admin.listTopics());
    const known = topics.filter((topic) => existing.has(topic));
    return known.length === 0 ? undefined : this.#admin.metadata({ topics: known, forceUpdate: true });
  }

  async #ask<T>(doing: string, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw fromPlatformatic(doing, error);
    }
  }
}

async function tolerate(type: string, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!hasErrorType(error, type)) throw error;
  }
}
