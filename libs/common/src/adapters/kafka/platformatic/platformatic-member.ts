import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import type { MessagesStream } from '@platformatic/kafka';
import { AppError } from '#common/errors';
import type { Log } from '#common/ports';
import { FETCH_BYTES, TIMES } from '../kafka-connection.ts';
import type { KafkaConnection } from '../kafka-connection.ts';
import type { GroupMember, MemberListener, MemberOptions, PartitionRange, TopicPartition, TopicPartitionOffset } from '../kafka-driver.ts';
import { guardMetadata } from './metadata-guard.ts';
import { fromPlatformatic, isRefused } from './platformatic-errors.ts';
import { baseOptions } from './platformatic-options.ts';
import { DESERIALIZERS, fromMessage } from './platformatic-records.ts';

const RETRY_MS = 100;
const READ_AHEAD_RECORDS = 256;
/** How often assignments are looked at under KIP-848, which announces revoked partitions only. */
const ASSIGNMENT_POLL_MS = 25;

export type GroupProtocol = 'classic' | 'consumer';

export interface PlatformaticMemberOptions extends MemberOptions {
  readonly connection: KafkaConnection;
  readonly protocol: GroupProtocol;
  readonly listener: MemberListener;
  readonly log: Log;
  readonly ranges: (topics: readonly string[]) => Promise<ReadonlyMap<string, readonly PartitionRange[]>>;
}

type TextStream = MessagesStream<string | undefined, Buffer | undefined, string, string>;
type TextConsumer = Consumer<string | undefined, Buffer | undefined, string, string>;

/**
 * A consumer of @platformatic/kafka as a group member. Each generation reads through a stream of its own: one stream over several generations keeps
 * records of partitions that moved, and goes on behind records it has never handed out where the group has no committed offset.
 *
 * JOINING -> READING; READING -> (rebalance, broken stream) -> READING with a new stream; -> (rejoin failed) REJOINING until it works; -> FAILED
 * when the brokers refuse us; any -> LEFT.
 */
export class PlatformaticMember implements GroupMember {
  readonly #options: PlatformaticMemberOptions;
  readonly #consumer: TextConsumer;
  #stream: TextStream | undefined;
  #generation = 0;
  /** The listener still thinks in the generation before: what it would commit may be another member's by now. */
  #between = false;
  readonly #partitionCounts = new Map<string, number>();
  #paused = false;
  #rejoining = false;
  #left = false;
  #assigned: string | undefined;
  #timers: NodeJS.Timeout[] = [];
  #joined: () => void = () => undefined;

  constructor(options: PlatformaticMemberOptions) {
    this.#options = options;
    const { group, connection, protocol } = options;
    this.#consumer = new Consumer({
      ...baseOptions(connection),
      groupId: group,
      autocommit: false,
      deserializers: DESERIALIZERS,
      minBytes: 1,
      maxBytes: FETCH_BYTES.all,
      maxBytesPerPartition: FETCH_BYTES.partition,
      maxWaitTime: TIMES.fetchWaitMs,
      highWaterMark: READ_AHEAD_RECORDS,
      // Under KIP-848 the broker's own settings count (group.consumer.session.timeout.ms, group.consumer.heartbeat.interval.ms).
      ...(protocol === 'consumer'
        ? { groupProtocol: protocol }
        : { groupProtocol: protocol, sessionTimeout: TIMES.sessionMs, heartbeatInterval: TIMES.heartbeatMs, rebalanceTimeout: TIMES.rebalanceMs }),
    });
    if (protocol === 'consumer') guardMetadata(this.#consumer);
  }

  /** Joins and resolves when the first generation was told. @throws BUS_UNAVAILABLE */
  async start(): Promise<void> {
    const first = new Promise<void>((resolve) => {
      this.#joined = resolve;
    });
    this.#consumer.on('error', (error) => this.#onError(error));
    this.#consumer.on('consumer:group:rebalance', () => {
      if (!this.#left) this.#options.listener.onRevoking();
    });
    this.#consumer.topics.trackAll(...this.#options.topics);
    try {
      await this.#join();
    } catch (error) {
      await this.leave();
      throw fromPlatformatic(`join group "${this.#options.group}"`, error);
    }
    await first;
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (this.#between) throw new AppError('BUS_UNAVAILABLE', `Group "${this.#options.group}" is between two generations.`);
    try {
      await this.#consumer.commit({ offsets: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 })) });
    } catch (error) {
      throw fromPlatformatic(`commit offsets of group "${this.#options.group}"`, error);
    }
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#generation++;
    for (const timer of this.#timers) clearInterval(timer);
    this.#dropStream();
    // What goes wrong now is the group's to notice: the session ends by itself.
    await this.#consumer.close(true).catch(() => undefined);
  }

  async #join(): Promise<void> {
    if (this.#options.protocol === 'consumer') return this.#joinConsumerProtocol();
    this.#consumer.on('consumer:group:join', ({ isLeader }) => {
      void this.#begin(isLeader === true);
    });
    await this.#patiently(TIMES.requestMs, () => this.#consumer.joinGroup({}));
    this.#timers.push(setInterval(() => void this.#lookForGrowth(), TIMES.metadataAgeMs).unref());
  }

  /** A coordinator that is just being elected, or a group that rebalances meanwhile, refuses once; trying again is all it takes. Undefined: we left. */
  async #patiently<T>(ms: number, attempt: () => Promise<T>): Promise<T | undefined> {
    const giveUpAt = performance.now() + ms;
    while (!this.#left) {
      try {
        return await attempt();
      } catch (error) {
        if (!this.#left && (isRefused(error) || performance.now() > giveUpAt)) throw error;
        await sleep(RETRY_MS);
      }
    }
    return undefined;
  }

  async #joinConsumerProtocol(): Promise<void> {
    // Here only opening a stream joins. Its records come from before the first generation is told, so they are not read.
    this.#stream = await this.#patiently(TIMES.requestMs, () => this.#open());
    this.#stream?.resume();
    this.#timers.push(setInterval(() => this.#lookForAssignment(), ASSIGNMENT_POLL_MS).unref());
  }

  #lookForAssignment(): void {
    const { assignments } = this.#consumer;
    if (assignments === null) return;
    const now = JSON.stringify(assignments);
    if (now === this.#assigned) return;
    this.#assigned = now;
    void this.#begin(false);
  }

  /** A generation begins, or its stream broke: reads every assigned partition from its committed offset. */
  async #begin(isLeader: boolean): Promise<void> {
    const generation = ++this.#generation;
    this.#between = true;
    this.#dropStream();
    const partitions = (this.#consumer.assignments ?? []).flatMap(({ topic, partitions: own }) => own.map((partition) => ({ topic, partition })));
    try {
      const [ranges, stream] = await Promise.all([this.#options.ranges(this.#options.topics).catch(() => new Map<string, readonly PartitionRange[]>()), this.#open()]);
      if (this.#left || generation !== this.#generation) return void stream.destroy();
      if (!isLeader) this.#partitionCounts.clear();
      else for (const [topic, all] of ranges) this.#partitionCounts.set(topic, all.length);
      this.#tell(partitions, ranges);
      this.#read(stream, generation, isLeader);
    } catch (error) {
      if (this.#left || generation !== this.#generation) return;
      this.#options.log.write('debug', 'stream of a group member could not be opened; trying again', { group: this.#options.group, error: fromPlatformatic('open a stream', error).message });
      this.#beginAgain(generation, isLeader);
    }
  }

  #tell(partitions: readonly TopicPartition[], ranges: ReadonlyMap<string, readonly PartitionRange[]>): void {
    // Where the end is not known, everything may have been delivered before.
    this.#options.listener.onAssigned(partitions.map(({ topic, partition }) => ({ topic, partition, end: ranges.get(topic)?.[partition]?.end ?? Infinity })));
    this.#between = false;
    this.#joined();
  }

  #read(stream: TextStream, generation: number, isLeader: boolean): void {
    this.#stream = stream;
    // It may have broken while the ranges were asked for.
    if (stream.destroyed) this.#beginAgain(generation, isLeader);
    stream.on('close', () => this.#beginAgain(generation, isLeader));
    stream.on('data', (message) => {
      if (generation === this.#generation) this.#options.listener.onRecords([fromMessage(message)]);
    });
    if (this.#paused) stream.pause();
  }

  #beginAgain(generation: number, isLeader: boolean): void {
    setTimeout(() => {
      if (!this.#left && generation === this.#generation) void this.#begin(isLeader);
    }, RETRY_MS);
  }

  async #open(): Promise<TextStream> {
    const stream = await this.#consumer.consume({ topics: [...this.#options.topics], mode: 'committed', fallbackMode: 'earliest', autocommit: false, minBytes: 1, maxWaitTime: TIMES.fetchWaitMs });
    // It is closed right after, and that is what counts.
    stream.on('error', (error) => this.#options.log.write('debug', 'stream of a group member broke', { group: this.#options.group, error: error.message }));
    return stream;
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.removeAllListeners('data').removeAllListeners('close').destroy();
  }

  /** In the classic protocol nobody else tells members of new partitions. The leader looks, since it is the one that assigns them. */
  async #lookForGrowth(): Promise<void> {
    if (this.#partitionCounts.size === 0 || this.#rejoining || !this.#consumer.isActive()) return;
    const metadata = await this.#consumer.metadata({ topics: [...this.#options.topics], forceUpdate: true }).catch(() => undefined);
    const hasGrown = [...this.#partitionCounts].some(([topic, count]) => (metadata?.topics.get(topic)?.partitionsCount ?? 0) > count);
    if (!hasGrown || this.#left) return;
    this.#partitionCounts.clear();
    this.#options.listener.onRevoking();
    void this.#rejoin();
  }

  #onError(error: Error): void {
    if (this.#left) return;
    this.#options.log.write('debug', 'a group member lost its group; joining again', { group: this.#options.group, error: fromPlatformatic('stay in the group', error).message });
    void this.#rejoin();
  }

  async #rejoin(): Promise<void> {
    if (this.#rejoining || this.#options.protocol === 'consumer') return;
    this.#rejoining = true;
    try {
      await this.#patiently(Infinity, () => this.#consumer.joinGroup({}));
    } catch (error) {
      if (!this.#left) this.#options.listener.onFailed(fromPlatformatic(`keep a member in group "${this.#options.group}"`, error));
    } finally {
      this.#rejoining = false;
    }
  }
}
