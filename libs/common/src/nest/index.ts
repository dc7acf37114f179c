export { EXIT, bootstrap } from './bootstrap.ts';
export type { BootstrapOptions, ProcessSignals, Unit } from './bootstrap.ts';
export { NestLogger } from './nest-logger.ts';
export { BUS, CATALOG, CLOCK, FLEET, JOIN_STORE, LOG, PAYLOAD_STORE, PIPELINE_SOURCE, RANDOM, REPLIES } from './tokens.ts';
