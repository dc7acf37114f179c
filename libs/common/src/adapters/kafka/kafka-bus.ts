import { AppError } from '#common/errors';
import type { Bus, BusRecord, Clock, Delivery, Log, SubscribeOptions, Subscription, TopicLag, TopicSpec } from '#common/ports';
import { checkWindow, GroupSubscription } from './group-subscription.ts';
import type { KafkaDriver } from './kafka-driver.ts';
import { Publisher } from './publisher.ts';
import { missingTopics, TopicDirectory } from './topic-directory.ts';
import { untilServed } from './topic-readiness.ts';
import { planTopics } from './topic-plan.ts';
import type { RetentionOptions, TopicPlan } from './topic-plan.ts';

export interface KafkaBusOptions extends RetentionOptions {
  readonly driver: KafkaDriver;
  readonly clock: Clock;
  readonly log: Log;
  /** How often members commit what is settled, milliseconds. */
  readonly commitEveryMs: number;
  readonly publishTimeoutMs: number;
  readonly maxPendingBytes: number;
  readonly firstTurn: number;
}

/** The Bus over Kafka, with any driver: partition choice, batching, windows, offsets and lag are the same for all of them. */
export class KafkaBus implements Bus {
  readonly #options: KafkaBusOptions;
  readonly #publisher: Publisher;
  readonly #subscriptions = new Set<GroupSubscription>();
  #closed = false;

  constructor(options: KafkaBusOptions) {
    this.#options = options;
    this.#publisher = new Publisher({ ...options, topics: new TopicDirectory(options.driver, options.clock) });
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    const { create, grow } = await this.planTopics(topics);
    if (create.length > 0) await this.#options.driver.createTopics(create);
    if (grow.length > 0) await this.#options.driver.growTopics(grow);
    await untilServed(this.#options.driver, [...create, ...grow]);
  }

  /** What `ensureTopics` would change. */
  async planTopics(topics: readonly TopicSpec[]): Promise<TopicPlan> {
    this.#checkOpen();
    const layout = await this.#options.driver.layout(topics.map((spec) => spec.name));
    return planTopics(topics, layout, this.#options);
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    this.#checkOpen();
    return this.#publisher.publish(records);
  }

  async subscribe(options: SubscribeOptions, handle: (delivery: Delivery) => void): Promise<Subscription> {
    this.#checkOpen();
    checkWindow(options);
    await this.#checkTopics(options.topics);
    const subscription = new GroupSubscription({ ...this.#options, subscribe: options, handle });
    await subscription.start();
    this.#subscriptions.add(subscription);
    return {
      stopTaking: () => subscription.stopTaking(),
      close: async () => {
        await subscription.close();
        this.#subscriptions.delete(subscription);
      },
    };
  }

  async lag(group: string, topics: readonly string[]): Promise<readonly TopicLag[]> {
    this.#checkOpen();
    const { driver } = this.#options;
    const [ranges, committed] = await Promise.all([driver.ranges(topics), driver.committed(group, topics)]);
    return topics.map((topic) => {
      const partitions = ranges.get(topic);
      if (partitions === undefined) throw missingTopics([topic]);
      // A group that never came starts at the earliest record; one whose records were deleted before it came goes on behind them.
      return { topic, partitions: partitions.map(({ start, end }, partition) => Math.max(0, end - Math.max(start, committed.get(topic)?.[partition] ?? start))) };
    });
  }

  /** Leaves every group, gives up what is not acknowledged and ends all connections. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    this.#publisher.close();
    await this.#options.driver.close();
  }

  async #checkTopics(topics: readonly string[]): Promise<void> {
    const layout = await this.#options.driver.layout(topics);
    const missing = topics.filter((topic) => !layout.has(topic));
    if (missing.length > 0) throw missingTopics(missing);
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError('BUS_UNAVAILABLE', 'The Kafka bus is closed: the process is shutting down.');
  }
}
