export { createLog } from './logger.ts';
export type { LogOptions } from './logger.ts';
