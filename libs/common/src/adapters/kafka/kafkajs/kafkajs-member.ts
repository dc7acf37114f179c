import { setTimeout as wait } from 'node:timers/promises';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { AppError } from '#common/errors';
import { FETCH_BYTES, TIMES } from '../kafka-connection.ts';
import type { GroupMember, MemberListener, MemberOptions, PartitionRange, TopicPartitionOffset } from '../kafka-driver.ts';
import { fromKafkajs } from './kafkajs-errors.ts';
import { fromBatch } from './kafkajs-records.ts';

const CONCURRENT_PARTITIONS = 16;
const RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 20 } as const;

export interface KafkajsMemberOptions extends MemberOptions {
  readonly kafka: Kafka;
  readonly listener: MemberListener;
  readonly ranges: (topics: readonly string[]) => Promise<ReadonlyMap<string, readonly PartitionRange[]>>;
}

/**
 * A kafkajs consumer as a group member. Batches are handed over at once; a paused member holds its fetch loop inside the batch handler, where it
 * heartbeats by itself. kafkajs's own `pause` would let the loop sleep for a whole fetch wait after each resume.
 *
 * JOINED -> (rebalance) -> JOINED with the next generation; -> (its own retries ran out) kafkajs restarts it -> JOINED; -> FAILED when it will not.
 */
export class KafkajsMember implements GroupMember {
  readonly #options: KafkajsMemberOptions;
  readonly #consumer: Consumer;
  /** Resolves when the listener knows the generation; records wait for it. */
  #generation: Promise<void> = Promise.resolve();
  #generationNumber = 0;
  /** The listener still thinks in the generation before: what it would commit may be another member's by now. */
  #between = false;
  #resume: (() => void) | undefined;
  #held: Promise<void> | undefined;
  #commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  #left = false;

  constructor(options: KafkajsMemberOptions) {
    this.#options = options;
    this.#consumer = options.kafka.consumer({
      groupId: options.group,
      sessionTimeout: TIMES.sessionMs,
      heartbeatInterval: TIMES.heartbeatMs,
      rebalanceTimeout: TIMES.rebalanceMs,
      maxWaitTimeInMs: TIMES.fetchWaitMs,
      minBytes: 1,
      maxBytes: FETCH_BYTES.all,
      maxBytesPerPartition: FETCH_BYTES.partition,
      metadataMaxAge: TIMES.metadataAgeMs,
      allowAutoTopicCreation: false,
      retry: RETRY,
    });
  }

  /** Joins and resolves when the first generation was told. @throws BUS_UNAVAILABLE */
  async start(): Promise<void> {
    const { GROUP_JOIN, REBALANCING, CRASH } = this.#consumer.events;
    let joined: () => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    const first = new Promise<void>((resolve, reject) => {
      joined = resolve;
      failed = reject;
    });
    // A failure while `run` below is still awaited must find a handler.
    first.catch(() => undefined);
    this.#consumer.on(GROUP_JOIN, (event) => {
      this.#generation = this.#begin(event.payload.memberAssignment).then(joined);
    });
    this.#consumer.on(REBALANCING, () => {
      if (!this.#left) this.#options.listener.onRevoking();
    });
    let trouble: Error = new Error('no assignment yet');
    this.#consumer.on(CRASH, ({ payload }) => {
      trouble = payload.error;
      // It starts again by itself: a coordinator that is loading, brokers that are away.
      if (payload.restart) return;
      failed(payload.error);
      if (!this.#left) this.#options.listener.onFailed(fromKafkajs(`keep a member in group "${this.#options.group}"`, payload.error));
    });
    try {
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
      await this.#consumer.run({ autoCommit: false, partitionsConsumedConcurrently: CONCURRENT_PARTITIONS, eachBatch: (payload) => this.#take(payload) });
      const patience = setTimeout(() => failed(trouble), TIMES.requestMs);
      await first.finally(() => clearTimeout(patience));
    } catch (error) {
      await this.leave();
      throw fromKafkajs(`join group "${this.#options.group}"`, error);
    }
  }

  pause(): void {
    this.#held ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#resume?.();
    this.#held = undefined;
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    // consumer.commitOffsets() would repeat a refused commit for minutes, into later generations; this way it is tried once.
    if (this.#commitNow === undefined || this.#between) throw new AppError('BUS_UNAVAILABLE', `Group "${this.#options.group}" is between two generations.`);
    const topics = [...new Set(offsets.map(({ topic }) => topic))].map((topic) => ({
      topic,
      partitions: offsets.filter((each) => each.topic === topic).map(({ partition, offset }) => ({ partition, offset: String(offset) })),
    }));
    try {
      await this.#commitNow({ topics });
    } catch (error) {
      throw fromKafkajs(`commit offsets of group "${this.#options.group}"`, error);
    }
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.resume();
    // What goes wrong now is the group's to notice: the session ends by itself.
    await this.#consumer.disconnect().catch(() => undefined);
  }

  async #begin(assignment: ConsumerGroupJoinEvent['payload']['memberAssignment']): Promise<void> {
    const number = ++this.#generationNumber;
    this.#between = true;
    const topics = Object.keys(assignment);
    const ranges = await this.#options.ranges(topics).catch(() => new Map<string, readonly PartitionRange[]>());
    // Another generation began meanwhile: this one never was.
    if (this.#left || number !== this.#generationNumber) return;
    // Where the end is not known, everything may have been delivered before.
    const partitions = topics.flatMap((topic) => (assignment[topic] ?? []).map((partition) => ({ topic, partition, end: ranges.get(topic)?.[partition]?.end ?? Infinity })));
    this.#options.listener.onAssigned(partitions);
    this.#between = false;
  }

  async #take({ batch, heartbeat, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    await this.#generation;
    if (this.#left) return;
    this.#commitNow = commitOffsetsIfNecessary;
    this.#options.listener.onRecords(fromBatch(batch));
    while (this.#held !== undefined) {
      await Promise.race([this.#held, wait(TIMES.heartbeatMs, undefined, { ref: false })]);
      // Throws when the group rebalances: kafkajs then leaves this batch and joins again.
      await heartbeat();
    }
  }
}
