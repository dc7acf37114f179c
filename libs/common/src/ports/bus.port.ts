/** One record to publish. The key spreads load and keeps nothing in order that matters: joins are order-free. */
export interface BusRecord {
  readonly topic: string;
  /** Absent = spread over the partitions. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Handed over: the publisher does not change them afterwards, a bus in memory delivers the same ones. */
  readonly bytes: Uint8Array;
}

/** A record handed to a group. It counts as in hand until `settle` is called, exactly once; the bus redelivers what a dead member left unsettled. */
export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** The record may have been delivered before (a member died or the partition moved). */
  readonly redelivered: boolean;
  /** Call after every effect of the record is durable (outputs acknowledged, outcome stored). Does not block; the bus commits up to the
   *  highest contiguous settled offset of the partition on its own schedule. A second call does nothing. */
  settle(): void;
}

export interface SubscribeOptions {
  readonly group: string;
  /** The same for all members of a group: clients share out what any member reads among all of them. */
  readonly topics: readonly string[];
  /** Most records in hand at a time over all partitions (at most 256); the bus waits for settlements beyond it. */
  readonly window: number;
  /** Told when the subscription can no longer work (not for passing faults). The owner stops its process or reopens it. */
  readonly onFailure?: (error: Error) => void;
}

/** A member of a consumer group. */
export interface Subscription {
  /** Takes no new records; those in hand may still be settled. Idempotent. */
  stopTaking(): void;
  /** Leaves the group after committing what is settled; what is unsettled is redelivered to others. Resolves when left. */
  close(): Promise<void>;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** `hop`: may be lost with the engine's process if accepted requests start again by themselves. `kept`: survives (dead letters). */
  readonly retention: 'hop' | 'kept';
}

export interface TopicLag {
  readonly topic: string;
  /** Records published and not yet settled by the group, per partition. */
  readonly partitions: readonly number[];
}

/**
 * Hops between stages, at least once. Who calls: the ingress publishes, each stage's worker subscribes and publishes.
 * Order of effects: a caller settles an input only after `publish` of its outputs has resolved.
 */
export interface Bus {
  /** Creates what is missing, grows partitions where the spec has more. Called at deploy, not per request. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Resolves when all records are acknowledged; rejects with BUS_UNAVAILABLE when any may not be (some may have been written: the receivers
   *  tolerate repeats), with nothing written when a topic does not exist, and with PAYLOAD_TOO_LARGE
   *  for a record the bus will never take. Called per request and hop; concurrent calls are batched by the driver.
   *  Calls no handler itself. */
  publish(records: readonly BusRecord[]): Promise<void>;
  /** A group that is new starts at the earliest record there is. `handle` is called synchronously for each record, never from inside `publish` or
   *  `settle`, in order per partition; it must not throw and must not wait: it hands the delivery to a bounded queue. Rejects with BUS_UNAVAILABLE. */
  subscribe(options: SubscribeOptions, handle: (delivery: Delivery) => void): Promise<Subscription>;
  /** Called about once a second by the autoscaler. A group that never came lags by all there is. Rejects with BUS_UNAVAILABLE when unknown, also
   *  for a topic that does not exist: never answers a guess. */
  lag(group: string, topics: readonly string[]): Promise<readonly TopicLag[]>;
}
