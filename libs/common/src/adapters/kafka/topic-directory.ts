import { AppError } from '#common/errors';
import type { Clock } from '#common/ports';
import type { KafkaDriver, TopicLayout } from './kafka-driver.ts';

const MAX_AGE_MS = 2000;

interface Entry {
  readonly layout: TopicLayout;
  readonly atMs: number;
}

/** How many partitions topics have and who leads them. Answers from memory at once; what is old is asked again in the background. */
export class TopicDirectory {
  readonly #driver: KafkaDriver;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  #refreshing: Promise<void> | undefined;

  constructor(driver: KafkaDriver, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** The layouts of all topics, or undefined when one is not known yet. */
  known(topics: ReadonlySet<string>): ReadonlyMap<string, TopicLayout> | undefined {
    const layouts = new Map<string, TopicLayout>();
    let isOld = false;
    for (const topic of topics) {
      const entry = this.#entries.get(topic);
      if (entry === undefined) return undefined;
      isOld ||= this.#clock.now() - entry.atMs > MAX_AGE_MS;
      layouts.set(topic, entry.layout);
    }
    // Publishing goes on with what is known; if that is wrong, the broker says so and the record is sent again.
    if (isOld) this.refresh().catch(() => undefined);
    return layouts;
  }

  /** Asks for what is not known. @throws BUS_UNAVAILABLE naming the topics that do not exist */
  async load(topics: ReadonlySet<string>): Promise<ReadonlyMap<string, TopicLayout>> {
    const layouts = await this.#ask([...topics]);
    const missing = [...topics].filter((topic) => !layouts.has(topic));
    if (missing.length > 0) throw missingTopics(missing);
    return layouts;
  }

  /** Asks again about every topic that is known. Calls at the same time share one question. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#ask([...this.#entries.keys()])
      .then(() => undefined)
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #ask(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLayout>> {
    const layouts = await this.#driver.layout(topics);
    const atMs = this.#clock.now();
    for (const topic of topics) {
      const layout = layouts.get(topic);
      if (layout === undefined) this.#entries.delete(topic);
      else this.#entries.set(topic, { layout, atMs });
    }
    return layouts;
  }
}

export function missingTopics(topics: readonly string[]): AppError {
  return new AppError('BUS_UNAVAILABLE', `Kafka has no topic ${topics.map((topic) => `"${topic}"`).join(', ')}. Topics are created when a pipeline is deployed.`);
}
