export { openEmbeddedEngine } from './engine.ts';
export type { EmbeddedEngine, EmbeddedEngineOptions } from './engine.ts';
export type { Recovery, Restored } from './embedded-replies.ts';
export type { Durability } from './store.ts';
