import { readFile } from 'node:fs/promises';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import type { Config } from '#common/config';
import { AppError } from '#common/errors';
import { NO_MESSAGE_LIMITS } from '#common/payloads';
import type { MessageLimits } from '#common/payloads';
import type { Bus, Clock, Fleet, JoinStore, Log, PayloadStore, Random, Replies } from '#common/ports';

/** What carries requests and keeps their state, whatever it is made of. */
export interface Engine {
  readonly bus: Bus;
  readonly replies: Replies;
  readonly joins: JoinStore;
  readonly payloads: PayloadStore;
  /** What of a request goes into messages and what into the payload store. */
  readonly messageLimits: MessageLimits;
  readonly fleet: Fleet;
  /** Cluster time of this engine. */
  readonly clock: Clock;
  /** Starts again what the last process left unfinished. Call once, when the topics exist. Nothing to do where hops are durable. `onRestored` is
   *  told of each that runs again. */
  recover(onRestored?: (request: Restored) => void): Promise<Recovery>;
  close(): Promise<void>;
}

export interface Recovery {
  readonly republished: number;
  /** Past their deadline: the sweeper ends them. */
  readonly overdue: number;
  /** Ended in an error, because what they need is gone. */
  readonly failed: number;
}

/** A request that runs again, and the bytes it takes up. */
export interface Restored {
  readonly requestId: string;
  readonly bytes: number;
}

export interface EngineParts {
  readonly config: Config;
  /** This machine's clock. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How this process is called in the brokers' logs. */
  readonly processName: string;
  /** The process holds ingress and workers together. The embedded engine lives in one process: anywhere else it would lose work in silence. */
  readonly isWhole: boolean;
}

/** Of a record, what headers, key and framing may take: those of a dead letter, which has most, are ten of at most 1 KiB. */
const RECORD_OVERHEAD_BYTES = 16 * 1024;

const NOTHING: Recovery = { republished: 0, overdue: 0, failed: 0 };

/** The one place that picks adapters by engine. Rejects with CONFIG_INVALID, STORE_LOCKED or STORE_UNAVAILABLE; nothing is then left open. */
export async function openEngine(parts: EngineParts): Promise<Engine> {
  const { config, isWhole } = parts;
  if (config.engine === 'kafka') return openKafkaEngine(parts);
  if (isWhole) return openWholeEngine(parts);
  throw new AppError('CONFIG_INVALID', '1 problem, nothing started:\n  MILLRACE_ENGINE="embedded": this process is one of several, and the embedded engine lives in one. Set MILLRACE_ENGINE=kafka, or use "npm start".');
}

async function openWholeEngine({ config, clock, log }: EngineParts): Promise<Engine> {
  const engine = await openEmbeddedEngine({ dataDir: config.dataDir, durability: config.durability, clock, log });
  return { ...engine, clock, messageLimits: NO_MESSAGE_LIMITS };
}

async function openKafkaEngine({ config, clock, random, log, processName }: EngineParts): Promise<Engine> {
  const { brokers, redisUrl } = kafkaAddresses(config);
  // Loaded only here: a process of the embedded engine pays for no client it does not use.
  const [{ openKafkaBus }, { openRedisStores }] = await Promise.all([import('#common/adapters/kafka'), import('#common/adapters/redis')]);
  const stores = await openRedisStores({ url: redisUrl, clock, random, log, namespace: config.prefix });
  try {
    const connection = { brokers, clientId: processName, ...(await kafkaTls(config)), ...kafkaSasl(config) };
    const bus = await openKafkaBus({ client: config.kafkaClient, connection, clock: stores.clock, log, random, maxRecordBytes: config.kafkaMaxRecordBytes });
    const messageLimits = { inlineBytes: config.claimCheckBytes, messageBytes: Math.max(0, config.kafkaMaxRecordBytes - RECORD_OVERHEAD_BYTES) };
    const close = async (): Promise<void> => {
      await bus.close();
      await stores.close();
    };
    return { ...stores, bus, messageLimits, recover: async () => NOTHING, close };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

function kafkaAddresses({ kafkaBrokers, redisUrl }: Config): { readonly brokers: readonly string[]; readonly redisUrl: string } {
  if (kafkaBrokers !== undefined && redisUrl !== undefined) return { brokers: kafkaBrokers, redisUrl };
  const problems = [
    ...(kafkaBrokers === undefined ? ['MILLRACE_ENGINE="kafka" needs MILLRACE_KAFKA_BROKERS (host:port, comma-separated)'] : []),
    ...(redisUrl === undefined ? ['MILLRACE_ENGINE="kafka" needs MILLRACE_REDIS_URL (redis://host:port)'] : []),
  ];
  throw new AppError('CONFIG_INVALID', `${problems.length} problem${problems.length === 1 ? '' : 's'}, nothing started:\n${problems.map((problem) => `  ${problem}`).join('\n')}\n  "npm run services -- up" starts both and prints where they are.`);
}

async function kafkaTls({ kafkaSsl, kafkaSslCa, kafkaSslCert, kafkaSslKey }: Config): Promise<{ tls?: { ca?: string; cert?: string; key?: string } }> {
  if (kafkaSsl === 'off') return {};
  const files = Object.entries({ ca: kafkaSslCa, cert: kafkaSslCert, key: kafkaSslKey }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { tls: Object.fromEntries(await Promise.all(files.map(async ([name, path]) => [name, await readPem(path)] as const))) };
}

async function readPem(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('CONFIG_INVALID', `1 problem, nothing started:\n  MILLRACE_KAFKA_SSL_*="${path}": the file cannot be read`, { cause });
  });
}

type Sasl = { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };

function kafkaSasl({ kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword }: Config): { sasl?: Sasl } {
  if (kafkaSaslMechanism === undefined) return {};
  if (kafkaSaslUsername === undefined || kafkaSaslPassword === undefined) {
    throw new AppError('CONFIG_INVALID', '1 problem, nothing started:\n  MILLRACE_KAFKA_SASL_MECHANISM needs MILLRACE_KAFKA_SASL_USERNAME and MILLRACE_KAFKA_SASL_PASSWORD');
  }
  return { sasl: { mechanism: kafkaSaslMechanism, username: kafkaSaslUsername, password: kafkaSaslPassword } };
}
