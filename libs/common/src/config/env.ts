import type { Loaded, Setting } from './setting.ts';
import { byteSize, hostList, namePrefix, oneOf, port, text, wholeNumber } from './values.ts';

/** The one table of environment variables, sorted by name. A name that is not here and starts with MILLRACE_ is refused. */
export const SETTINGS = {
  adminPort: {
    name: 'MILLRACE_ADMIN_PORT',
    schema: port,
    default: '8082',
    description: 'Port of metrics and administration. 0 = any free one.',
  },
  claimCheckBytes: {
    name: 'MILLRACE_CLAIM_CHECK_BYTES',
    schema: byteSize,
    default: '48KiB',
    description: 'Kafka engine: a tensor of more bytes is put into Redis once and travels by reference.',
  },
  dataDir: {
    name: 'MILLRACE_DATA_DIR',
    schema: text,
    default: './data',
    description: 'Folder of the embedded store. One process at a time may have it open.',
  },
  drainMs: {
    name: 'MILLRACE_DRAIN_MS',
    schema: wholeNumber({ min: 0, max: 600_000 }),
    default: '20000',
    description: 'Milliseconds that work in hand may take to finish after SIGTERM or Ctrl-C.',
  },
  durability: {
    name: 'MILLRACE_DURABILITY',
    schema: oneOf(['process', 'disk']),
    default: 'process',
    description: '`process`: accepted work survives kill -9. `disk`: a power cut too, at the price of a disk sync per write.',
  },
  engine: {
    name: 'MILLRACE_ENGINE',
    schema: oneOf(['embedded', 'kafka']),
    default: 'embedded',
    description: 'What carries requests between stages: `embedded` keeps everything in one process; `kafka` uses Kafka for hops and Redis for the rest, with any number of processes.',
  },
  grpcPort: {
    name: 'MILLRACE_GRPC_PORT',
    schema: port,
    default: '8081',
    description: 'Port of the gRPC side of the Open Inference Protocol. 0 = any free one.',
  },
  host: {
    name: 'MILLRACE_HOST',
    schema: text,
    default: '127.0.0.1',
    description: 'Address the servers listen on. There is no authentication yet: widen it only on a network you trust.',
  },
  httpPort: {
    name: 'MILLRACE_HTTP_PORT',
    schema: port,
    default: '8080',
    description: 'Port of the REST side and the pages. 0 = any free one.',
  },
  kafkaBrokers: {
    name: 'MILLRACE_KAFKA_BROKERS',
    schema: hostList,
    description: 'Brokers to start with (host:port, comma-separated). Needed by the Kafka engine.',
  },
  kafkaClient: {
    name: 'MILLRACE_KAFKA_CLIENT',
    schema: oneOf(['kafkajs', 'platformatic', 'platformatic-848']),
    default: 'platformatic',
    description: 'Package that talks to the brokers. `platformatic-848`: the same with the newer consumer-group protocol.',
  },
  kafkaMaxRecordBytes: {
    name: 'MILLRACE_KAFKA_MAX_RECORD_BYTES',
    schema: byteSize,
    default: '1MiB',
    description: 'Largest record of a stage topic (max.message.bytes of those it creates; 16 KiB of it are kept for headers). What would be larger is answered 413. Raise it on existing topics too.',
  },
  kafkaPartitions: {
    name: 'MILLRACE_KAFKA_PARTITIONS',
    schema: wholeNumber({ min: 1, max: 1000 }),
    default: '8',
    description: 'Partitions of each stage topic: the most workers of a stage that can have work. Existing topics are grown, never shrunk.',
  },
  kafkaSaslMechanism: {
    name: 'MILLRACE_KAFKA_SASL_MECHANISM',
    schema: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']),
    description: 'How to log in to the brokers; with the user name and password below. Unset = no login.',
  },
  kafkaSaslPassword: {
    name: 'MILLRACE_KAFKA_SASL_PASSWORD',
    schema: text,
    description: 'Password for the brokers.',
  },
  kafkaSaslUsername: {
    name: 'MILLRACE_KAFKA_SASL_USERNAME',
    schema: text,
    description: 'User name for the brokers.',
  },
  kafkaSsl: {
    name: 'MILLRACE_KAFKA_SSL',
    schema: oneOf(['off', 'on']),
    default: 'off',
    description: '`on`: TLS to the brokers.',
  },
  kafkaSslCa: {
    name: 'MILLRACE_KAFKA_SSL_CA',
    schema: text,
    description: 'File with the certificate authority (PEM) of the brokers. Unset = the authorities of the system.',
  },
  kafkaSslCert: {
    name: 'MILLRACE_KAFKA_SSL_CERT',
    schema: text,
    description: 'File with the certificate (PEM) this process shows to the brokers.',
  },
  kafkaSslKey: {
    name: 'MILLRACE_KAFKA_SSL_KEY',
    schema: text,
    description: 'File with the key (PEM) of that certificate.',
  },
  logLevel: {
    name: 'MILLRACE_LOG_LEVEL',
    schema: oneOf(['debug', 'info', 'warn', 'error']),
    default: 'info',
    description: 'Least severe level that is written. Single requests appear at debug only.',
  },
  maxBody: {
    name: 'MILLRACE_MAX_BODY',
    schema: byteSize,
    default: '64MiB',
    description: 'Largest request body, counted after decompression. Larger ones are answered 413.',
  },
  maxInFlight: {
    name: 'MILLRACE_MAX_IN_FLIGHT',
    schema: wholeNumber({ min: 1, max: 1_000_000 }),
    default: '10000',
    description: 'Most requests accepted and not yet ended, asynchronous ones included. More are answered 503 with Retry-After.',
  },
  maxInFlightBytes: {
    name: 'MILLRACE_MAX_IN_FLIGHT_BYTES',
    schema: byteSize,
    default: '512MiB',
    description: 'Most bytes of those requests (their bodies, or their tensors where these are larger), and of bodies being read. More are answered 503 with Retry-After.',
  },
  pipelines: {
    name: 'MILLRACE_PIPELINES',
    schema: text,
    default: './pipelines',
    description: 'Folder of the pipeline files (*.yaml).',
  },
  prefix: {
    name: 'MILLRACE_PREFIX',
    schema: namePrefix,
    default: 'millrace',
    description: 'First word of every topic and group name.',
  },
  redisUrl: {
    name: 'MILLRACE_REDIS_URL',
    schema: text,
    description: 'redis://[user:password@]host[:port][/database], rediss:// for TLS. Needed by the Kafka engine.',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** Every setting, checked and frozen. */
export type Config = Loaded<typeof SETTINGS>;
