export { EXIT, bootstrap } from './bootstrap.ts';
export type { BootstrapOptions, ProcessSignals, Unit } from './bootstrap.ts';
export { openEngine } from './engine.ts';
export type { Engine, EngineParts, Recovery } from './engine.ts';
export { engineUnit } from './engine-unit.ts';
export { NestLogger } from './nest-logger.ts';
export { openProcess } from './open-process.ts';
export type { OpenProcess, ProcessOptions } from './open-process.ts';
export { runProcess } from './run-process.ts';
