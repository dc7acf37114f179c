/** A record whose partition is chosen. */
export interface DriverRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

export interface FetchedRecord extends DriverRecord {
  readonly offset: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `offset`: the next one to read. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** `end`: the offset the next record will get. */
export interface PartitionRange {
  readonly start: number;
  readonly end: number;
}

/** Node id of each partition's leader; -1 while it has none. */
export interface TopicLayout {
  readonly leaders: readonly number[];
}

export interface TopicCreation {
  readonly name: string;
  readonly partitions: number;
  /** Topic settings by Kafka's own names. Replication is left to the broker's default. */
  readonly config: Readonly<Record<string, string>>;
}

/** What a member of a group is told. Calls never overlap, and none comes after `leave` has resolved. */
export interface MemberListener {
  /**
   * A new generation: exactly these partitions are the member's now. Records that follow start at the group's committed offset of their partition (or
   * at the earliest) and have no gap; none of an earlier generation comes any more. `end` = the partition's end when it was assigned.
   */
  onAssigned(partitions: readonly (TopicPartition & { readonly end: number })[]): void;
  /** The generation is about to end. A commit that is sent before this returns still counts for it. */
  onRevoking(): void;
  /** Records of assigned partitions, in order for each. Must not throw. */
  onRecords(records: readonly FetchedRecord[]): void;
  /** The member is out and will not come back by itself. */
  onFailed(error: Error): void;
}

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
}

/** One member of a consumer group. It keeps itself in the group (heartbeats, rejoining, reopened connections) until `leave` or `onFailed`. */
export interface GroupMember {
  /** Takes no more from the broker, beyond what was fetched already, and stays in the group. */
  pause(): void;
  resume(): void;
  /** Rejects when the group refuses it (a rebalance, another owner), while a new generation is not told yet, or when the broker is away; the
   *  caller tries again in a later round. */
  commit(offsets: readonly TopicPartitionOffset[]): Promise<void>;
  /** Resolves when the group has let go of it, or cannot be told so in time. */
  leave(): Promise<void>;
}

/**
 * The narrow seam under KafkaBus: what differs between client packages, and nothing that does not. Everything may block while the brokers are away,
 * for as long as the connection's timeouts say, and then rejects with BUS_UNAVAILABLE.
 */
export interface KafkaDriver {
  /** Asks a broker, never a cache. Topics that do not exist are absent from the answer. */
  layout(topics: readonly string[]): Promise<ReadonlyMap<string, TopicLayout>>;
  /**
   * Writes the records with acks=all, uncompressed (what one client compresses, the other may not read). Called with at most two requests in flight
   * per leader. Resolves with the partitions that are **known** to be written: one that is missing may or may not be. Rejects with
   * PAYLOAD_TOO_LARGE when the broker will never take the batch, with BUS_UNAVAILABLE when nothing is known.
   */
  produce(records: readonly DriverRecord[]): Promise<readonly TopicPartition[]>;
  /** Resolves once the member has its first generation (after `onAssigned`). */
  join(options: MemberOptions, listener: MemberListener): Promise<GroupMember>;
  /** Creates topics; one that exists already is left as it is. They may be served a moment later. */
  createTopics(topics: readonly TopicCreation[]): Promise<void>;
  /** Grows topics to so many partitions in all. */
  growTopics(topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void>;
  /** By topic, then partition. Topics that do not exist are absent; rejects while a partition is not served. */
  ranges(topics: readonly string[]): Promise<ReadonlyMap<string, readonly PartitionRange[]>>;
  /** Committed offsets by topic, then partition; undefined where the group has none. */
  committed(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, readonly (number | undefined)[]>>;
  /** Ends every connection. Members leave first. */
  close(): Promise<void>;
}
