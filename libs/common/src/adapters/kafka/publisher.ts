import { AppError, isAppError, toAppError } from '#common/errors';
import type { BusRecord, Clock } from '#common/ports';
import type { DriverRecord, KafkaDriver, TopicLayout } from './kafka-driver.ts';
import { takeBatch } from './micro-batch.ts';
import type { Batchable } from './micro-batch.ts';
import { partitionOfKey, Turns } from './partitioner.ts';
import type { TopicDirectory } from './topic-directory.ts';

// Two, so that the next batch travels while the first is acknowledged; more would only make smaller batches.
const MAX_IN_FLIGHT_PER_LEADER = 2;
const FIRST_RETRY_MS = 20;
const LATER_RETRY_MS = 200;
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

export interface PublisherOptions {
  readonly driver: KafkaDriver;
  readonly topics: TopicDirectory;
  readonly clock: Clock;
  /** A record that is not acknowledged for so long is given up, milliseconds. */
  readonly publishTimeoutMs: number;
  /** Most bytes waiting for acknowledgement; publishing beyond it is refused. */
  readonly maxPendingBytes: number;
  /** Where turns start, so that processes differ. */
  readonly firstTurn: number;
}

/** One `publish` call: settled when its last record is. */
interface Call {
  left: number;
  resolve(): void;
  reject(error: AppError): void;
}

/** A record on its way. */
interface Pending {
  readonly record: DriverRecord;
  readonly call: Call;
  readonly giveUpAtMs: number;
  readonly attempts: number;
  readonly company: Batchable['company'];
}

/** What waits for one leader. */
interface Lane {
  queue: Pending[];
  inFlight: number;
  scheduled: boolean;
}

/**
 * Collects what is published in one turn of the event loop into one produce request per leader (a request per record costs the broker more than
 * the record does). What was sent is compared with what the driver says is written, and the rest is sent again to whoever leads then: one client
 * skips partitions whose leader moved and still resolves, the other rejects a batch whose leaders have parted.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #turns: Turns;
  readonly #lanes = new Map<number, Lane>();
  #pendingBytes = 0;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#turns = new Turns(options.firstTurn);
  }

  /** Resolves when all records are acknowledged. @throws BUS_UNAVAILABLE, PAYLOAD_TOO_LARGE */
  publish(records: readonly BusRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const topics = new Set(records.map((record) => record.topic));
    const known = this.#options.topics.known(topics);
    if (known !== undefined) return this.#enqueue(records, known);
    return this.#options.topics.load(topics).then((layouts) => this.#enqueue(records, layouts));
  }

  /** Refuses what is not acknowledged yet and everything that comes. */
  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) for (const pending of lane.queue.splice(0)) this.#fail(pending, closedError());
  }

  #enqueue(records: readonly BusRecord[], layouts: ReadonlyMap<string, TopicLayout>): Promise<void> {
    if (this.#closed) return Promise.reject(closedError());
    const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > this.#options.maxPendingBytes) return Promise.reject(fullError(this.#pendingBytes, this.#options.maxPendingBytes));
    this.#pendingBytes += bytes;
    const giveUpAtMs = this.#options.clock.now() + this.#options.publishTimeoutMs;
    return new Promise((resolve, reject) => {
      const call: Call = { left: records.length, resolve, reject };
      for (const record of records) this.#send({ record: this.#place(record, layouts), call, giveUpAtMs, attempts: 0, company: 'any' }, layouts);
    });
  }

  #place({ topic, key, headers = NO_HEADERS, bytes }: BusRecord, layouts: ReadonlyMap<string, TopicLayout>): DriverRecord {
    const partitions = layouts.get(topic)?.leaders.length ?? 1;
    const partition = key === undefined ? this.#turns.take(topic, partitions) : partitionOfKey(key, partitions);
    return { topic, partition, key, headers, bytes };
  }

  #send(pending: Pending, layouts: ReadonlyMap<string, TopicLayout>): void {
    const leader = layouts.get(pending.record.topic)?.leaders[pending.record.partition] ?? -1;
    const lane = this.#lanes.get(leader) ?? { queue: [], inFlight: 0, scheduled: false };
    this.#lanes.set(leader, lane);
    lane.queue.push(pending);
    this.#kick(lane);
  }

  #kick(lane: Lane): void {
    if (lane.scheduled || lane.inFlight >= MAX_IN_FLIGHT_PER_LEADER || lane.queue.length === 0) return;
    lane.scheduled = true;
    setImmediate(() => {
      lane.scheduled = false;
      void this.#flush(lane);
    });
  }

  async #flush(lane: Lane): Promise<void> {
    const { batch, rest } = takeBatch(lane.queue, ({ record, company }) => ({ topic: record.topic, partition: record.partition, bytes: record.bytes, company }));
    lane.queue = rest;
    if (batch.length === 0) return;
    lane.inFlight++;
    this.#kick(lane);
    await this.#produce(batch);
    lane.inFlight--;
    this.#kick(lane);
  }

  async #produce(batch: readonly Pending[]): Promise<void> {
    try {
      const written = new Set((await this.#options.driver.produce(batch.map((pending) => pending.record))).map(keyOf));
      const missing: Pending[] = [];
      for (const pending of batch) {
        if (written.has(keyOf(pending.record))) this.#acknowledge(pending);
        else missing.push(pending);
      }
      if (missing.length > 0) this.#again(missing, new AppError('BUS_UNAVAILABLE', 'Kafka left records unacknowledged.'));
    } catch (thrown) {
      const error = toAppError(thrown, 'BUS_UNAVAILABLE');
      // Too large together is not too large alone.
      if (error.code === 'PAYLOAD_TOO_LARGE' && batch[0] !== undefined && batch.length === 1) this.#fail(batch[0], error);
      else this.#again(batch, error);
    }
  }

  #again(batch: readonly Pending[], error: AppError): void {
    const now = this.#options.clock.now();
    const open = batch.filter((pending) => {
      if (now < pending.giveUpAtMs && !this.#closed) return true;
      this.#fail(pending, isAppError(error) ? error : toAppError(error, 'BUS_UNAVAILABLE'));
      return false;
    });
    if (open.length === 0) return;
    const waitMs = open.every((pending) => pending.attempts === 0) ? FIRST_RETRY_MS : LATER_RETRY_MS;
    this.#options.clock.after(waitMs, () => void this.#resend(open, error));
  }

  async #resend(batch: readonly Pending[], error: AppError): Promise<void> {
    const company = error.code === 'PAYLOAD_TOO_LARGE' ? 'none' : 'partition';
    const retried = batch.map((pending): Pending => ({ ...pending, attempts: pending.attempts + 1, company }));
    try {
      await this.#options.topics.refresh();
      const layouts = await this.#options.topics.load(new Set(retried.map((pending) => pending.record.topic)));
      for (const pending of retried) {
        if (this.#closed) this.#fail(pending, closedError());
        else this.#send(pending, layouts);
      }
    } catch {
      this.#again(retried, error);
    }
  }

  #acknowledge({ record, call }: Pending): void {
    this.#pendingBytes -= record.bytes.length;
    call.left--;
    if (call.left === 0) call.resolve();
  }

  // The call's other records go on; their acknowledgement finds a promise that is settled already.
  #fail({ record, call }: Pending, error: AppError): void {
    this.#pendingBytes -= record.bytes.length;
    call.reject(error);
  }
}

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}:${partition}`;
}

function closedError(): AppError {
  return new AppError('BUS_UNAVAILABLE', 'The Kafka bus is closed: the process is shutting down.');
}

function fullError(pending: number, limit: number): AppError {
  return new AppError('BUS_UNAVAILABLE', `${pending} bytes wait for Kafka's acknowledgement; the limit is ${limit}. The brokers are slower than the load.`);
}
