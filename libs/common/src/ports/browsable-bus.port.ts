/** A record of a `kept` topic, as it lies there. */
export interface KeptRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Cluster time it was published, whole milliseconds. */
  readonly atMs: number;
  readonly key: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}

/** What one partition of a `kept` topic holds: offsets from `start` up to but without `end`. */
export interface KeptRange {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** Extra to Bus: looks into `kept` topics (dead letters) without a group. Called by people's commands, never per request. */
export interface BrowsableBus {
  /** One entry per partition. Rejects with BUS_UNAVAILABLE for a topic that does not exist or is not kept. */
  ranges(topic: string): Promise<readonly KeptRange[]>;
  /** Records of the partition from `fromOffset` on, in order; fewer than `limit` = the end was reached. Purged offsets are skipped. */
  browse(topic: string, partition: number, fromOffset: number, limit: number): Promise<readonly KeptRecord[]>;
  /** Removes the partition's records below `beforeOffset` for good, read or not. */
  purge(topic: string, partition: number, beforeOffset: number): Promise<void>;
}
