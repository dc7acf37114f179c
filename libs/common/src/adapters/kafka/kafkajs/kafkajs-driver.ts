import kafkajs from 'kafkajs';
import type { Admin, Kafka, Producer } from 'kafkajs';
import type { Log } from '#common/ports';
import { TIMES } from '../kafka-connection.ts';
import type { KafkaConnection } from '../kafka-connection.ts';
import type { DriverRecord, GroupMember, KafkaDriver, MemberListener, MemberOptions, PartitionRange, TopicCreation, TopicLayout, TopicPartition } from '../kafka-driver.ts';
import { createKafkajs } from './kafkajs-client.ts';
import { fromKafkajs, kafkajsErrorType } from './kafkajs-errors.ts';
import { KafkajsMember } from './kafkajs-member.ts';
import { toTopicMessages } from './kafkajs-records.ts';

const ALL_REPLICAS = -1;
const BROKER_DEFAULT = -1;
const RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: 3 } as const;

/** Kafka through kafkajs 2.2.4. */
export class KafkajsDriver implements KafkaDriver {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #producer: Producer;
  #connectedAdmin: Promise<void> | undefined;
  #connectedProducer: Promise<void> | undefined;

  constructor(connection: KafkaConnection, log: Log) {
    this.#kafka = createKafkajs(connection, log);
    this.#admin = this.#kafka.admin({ retry: RETRY });
    this.#producer = this.#kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      metadataMaxAge: TIMES.metadataAgeMs,
      retry: RETRY,
    });
  }

  async layout(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLayout>> {
    return this.#ask('describe topics', async (admin) => {
      const metadata = await existingMetadata(admin, topics);
      return new Map(metadata.map(({ name, partitions }) => [name, { leaders: leadersOf(partitions) }]));
    });
  }

  async produce(records: readonly DriverRecord[]): Promise<readonly TopicPartition[]> {
    try {
      await this.#connectProducer();
      const written = await this.#producer.sendBatch({ acks: ALL_REPLICAS, topicMessages: toTopicMessages(records) });
      return written.filter(({ errorCode }) => errorCode === 0).map(({ topicName, partition }) => ({ topic: topicName, partition }));
    } catch (error) {
      throw fromKafkajs('take records', error);
    }
  }

  async join(options: MemberOptions, listener: MemberListener): Promise<GroupMember> {
    const member = new KafkajsMember({ ...options, listener, kafka: this.#kafka, ranges: (topics) => this.ranges(topics) });
    await member.start();
    return member;
  }

  async createTopics(topics: readonly TopicCreation[]): Promise<void> {
    await this.#ask('create topics', async (admin) => {
      const wanted = topics.map(({ name, partitions, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor: BROKER_DEFAULT,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      }));
      // `waitForLeaders: true` throws UNKNOWN_TOPIC_OR_PARTITION on KRaft brokers: they know the topic a moment later.
      await admin.createTopics({ topics: wanted, waitForLeaders: false });
    });
  }

  async growTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
    await this.#ask('grow topics', async (admin) => {
      try {
        await admin.createPartitions({ topicPartitions: topics.map(({ name, partitions }) => ({ topic: name, count: partitions })) });
      } catch (error) {
        // Someone else has grown it meanwhile.
        if (kafkajsErrorType(error) !== 'INVALID_PARTITIONS') throw error;
      }
    });
  }

  async ranges(topics: readonly string[]): Promise<ReadonlyMap<string, readonly PartitionRange[]>> {
    return this.#ask('list offsets', async (admin) => {
      // Asked about a topic that does not exist, kafkajs keeps a timer for ever.
      const existing = await existingMetadata(admin, topics);
      const entries = await Promise.all(
        existing.map(async ({ name: topic }) => {
          const ranges: PartitionRange[] = [];
          for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) ranges[partition] = { start: Number(low), end: Number(high) };
          return [topic, ranges] as const;
        }),
      );
      return new Map(entries);
    });
  }

  async committed(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, readonly (number | undefined)[]>> {
    return this.#ask(`list offsets of group "${group}"`, async (admin) => {
      const existing = await existingMetadata(admin, topics);
      // Without topics it would ask for all the group ever had.
      if (existing.length === 0) return new Map();
      const found = await admin.fetchOffsets({ groupId: group, topics: existing.map(({ name }) => name) });
      return new Map(
        found.map(({ topic, partitions }) => {
          const offsets: (number | undefined)[] = [];
          for (const { partition, offset } of partitions) offsets[partition] = Number(offset) < 0 ? undefined : Number(offset);
          return [topic, offsets] as const;
        }),
      );
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#connectedAdmin?.then(() => this.#admin.disconnect()), this.#connectedProducer?.then(() => this.#producer.disconnect())]);
  }

  async #ask<T>(doing: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#connectedAdmin ??= this.#admin.connect().catch((error: unknown) => {
        this.#connectedAdmin = undefined;
        throw error;
      });
      await this.#connectedAdmin;
      return await question(this.#admin);
    } catch (error) {
      throw fromKafkajs(doing, error);
    }
  }

  #connectProducer(): Promise<void> {
    this.#connectedProducer ??= this.#producer.connect().catch((error: unknown) => {
      this.#connectedProducer = undefined;
      throw error;
    });
    return this.#connectedProducer;
  }
}

type TopicMetadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics'][number];

/** One missing topic makes kafkajs reject the question about all of them. */
async function existingMetadata(admin: Admin, topics: readonly string[]): Promise<readonly TopicMetadata[]> {
  if (topics.length === 0) return [];
  try {
    return (await admin.fetchTopicMetadata({ topics: [...topics] })).topics;
  } catch (error) {
    if (kafkajsErrorType(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
  }
  const existing = new Set(await admin.listTopics());
  const known = topics.filter((topic) => existing.has(topic));
  return known.length === 0 ? [] : (await admin.fetchTopicMetadata({ topics: known })).topics;
}

function leadersOf(partitions: TopicMetadata['partitions']): number[] {
  const leaders: number[] = [];
  for (const { partitionId, leader } of partitions) leaders[partitionId] = leader;
  return leaders;
}
