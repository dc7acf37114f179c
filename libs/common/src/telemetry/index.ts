export { createLog } from './logger.ts';
export type { LogOptions } from './logger.ts';
export { RuntimeMonitor } from './runtime-monitor.ts';
export type { RuntimeReading } from './runtime-monitor.ts';
