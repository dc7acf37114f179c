import type { TopicSpec } from '#common/ports';
import type { TopicCreation, TopicLayout } from './kafka-driver.ts';

export interface RetentionOptions {
  /** How long a hop stays in the log, milliseconds. It must exceed the longest deadline: a stage that was down that long still finds its work. */
  readonly hopRetentionMs: number;
  /** Largest record a topic takes, bytes. Absent = the broker's own limit. */
  readonly maxRecordBytes?: number;
}

export interface TopicPlan {
  readonly create: readonly TopicCreation[];
  readonly grow: readonly { readonly name: string; readonly partitions: number }[];
}

/** What has to change so that every topic of the specs exists with at least its partitions. Kafka cannot take partitions away, so fewer changes nothing. */
export function planTopics(specs: readonly TopicSpec[], existing: ReadonlyMap<string, TopicLayout>, options: RetentionOptions): TopicPlan {
  const create = specs.filter((spec) => !existing.has(spec.name)).map(({ name, partitions, retention }) => ({ name, partitions, config: topicConfig(retention, options) }));
  const grow = specs.filter((spec) => (existing.get(spec.name)?.leaders.length ?? Infinity) < spec.partitions).map(({ name, partitions }) => ({ name, partitions }));
  return { create, grow };
}

// Dead letters stay until people purge them. min.insync.replicas is the broker's matter: it knows how many brokers there are.
function topicConfig(retention: TopicSpec['retention'], options: RetentionOptions): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retention === 'kept' ? -1 : options.hopRetentionMs),
    ...(options.maxRecordBytes === undefined ? {} : { 'max.message.bytes': String(options.maxRecordBytes) }),
  };
}
