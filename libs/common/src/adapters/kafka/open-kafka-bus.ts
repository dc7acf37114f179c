import type { Clock, Log, Random } from '#common/ports';
import type { KafkaConnection } from './kafka-connection.ts';
import { KafkaBus } from './kafka-bus.ts';
import type { KafkaDriver } from './kafka-driver.ts';

/** Which package talks to the brokers, sorted by name. `platformatic-848` = the same one with the newer consumer-group protocol (KIP-848). */
export const KAFKA_CLIENTS = ['kafkajs', 'platformatic', 'platformatic-848'] as const;
export type KafkaClient = (typeof KAFKA_CLIENTS)[number];

export interface OpenKafkaBusOptions {
  readonly client: KafkaClient;
  readonly connection: KafkaConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly commitEveryMs?: number;
  readonly publishTimeoutMs?: number;
  readonly maxPendingBytes?: number;
  readonly hopRetentionMs?: number;
  readonly maxRecordBytes?: number;
}

const DAY_MS = 24 * 3600 * 1000;
const DEFAULTS = { commitEveryMs: 200, publishTimeoutMs: 10_000, maxPendingBytes: 256 * 1024 ** 2, hopRetentionMs: DAY_MS } as const;
const FIRST_TURNS = 1_000_000;

/** A bus on real brokers. It connects with its first use, so opening never fails for brokers that are away. */
export async function openKafkaBus({ client, connection, random, ...options }: OpenKafkaBusOptions): Promise<KafkaBus> {
  const driver = await loadDriver(client, connection, options.log);
  return new KafkaBus({ ...DEFAULTS, ...options, driver, firstTurn: Math.floor(random.unit() * FIRST_TURNS) });
}

// Imported when chosen: a process loads the package it uses, and the embedded engine none.
async function loadDriver(client: KafkaClient, connection: KafkaConnection, log: Log): Promise<KafkaDriver> {
  if (client === 'kafkajs') {
    const { KafkajsDriver } = await import('./kafkajs/kafkajs-driver.ts');
    return new KafkajsDriver(connection, log);
  }
  const { PlatformaticDriver } = await import('./platformatic/platformatic-driver.ts');
  return new PlatformaticDriver(connection, { log, protocol: client === 'platformatic-848' ? 'consumer' : 'classic' });
}
