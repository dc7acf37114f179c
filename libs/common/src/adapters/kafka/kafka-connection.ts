/** How to reach the brokers. No driver type; each driver translates it. */
export interface KafkaConnection {
  /** `host:port`, to start with; the others are learnt. */
  readonly brokers: readonly string[];
  /** How this process is called in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Absent = no TLS. */
  readonly tls?: KafkaTls;
  /** Absent = no authentication. */
  readonly sasl?: KafkaSasl;
}

/** PEM texts, as node:tls takes them. Everything absent = TLS with the system's authorities. */
export interface KafkaTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Name to check the certificate against, where it is not the broker's host. */
  readonly servername?: string;
  /** Only for tests: false accepts any certificate. */
  readonly rejectUnauthorized?: boolean;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** Numbers both drivers share. Measured on one broker: see the decision on the Kafka clients. */
export const TIMES = {
  /** A broker that does not take a connection for so long is tried no further. */
  connectMs: 3000,
  /** A request without an answer. */
  requestMs: 10_000,
  /** A dead member's partitions move after it. The broker's `group.min.session.timeout.ms` may demand more. */
  sessionMs: 6000,
  /** How soon a member notices a rebalance, and so how long the partitions of one that left wait. Five small requests a second cost nothing. */
  heartbeatMs: 200,
  /** A member that does not rejoin for so long is dropped. */
  rebalanceMs: 10_000,
  /** How long a fetch waits for records: bounds how late a new assignment is noticed, not how late data comes. */
  fetchWaitMs: 500,
  /** Age of what a member believes about topics: bounds how late it sees grown partitions. */
  metadataAgeMs: 1000,
} as const;

/** Most bytes of one fetch, and of one partition in it. A larger single record still comes. */
export const FETCH_BYTES = { all: 8 * 1024 ** 2, partition: 1024 ** 2 } as const;
