import type { Loaded, Setting } from './setting.ts';
import { byteSize, engine, namePrefix, oneOf, port, text, wholeNumber } from './values.ts';

/** The one table of environment variables, sorted by name. A name that is not here and starts with MILLRACE_ is refused. */
export const SETTINGS = {
  adminPort: {
    name: 'MILLRACE_ADMIN_PORT',
    schema: port,
    default: '8082',
    description: 'Port of metrics and administration. 0 = any free one.',
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
    schema: engine,
    default: 'embedded',
    description: 'What carries requests between stages: `embedded` keeps everything in one process.',
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
} as const satisfies Readonly<Record<string, Setting>>;

/** Every setting, checked and frozen. */
export type Config = Loaded<typeof SETTINGS>;
