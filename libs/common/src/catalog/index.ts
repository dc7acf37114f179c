export { Catalog } from './catalog.ts';
export type { BrokenPipeline } from './catalog.ts';
