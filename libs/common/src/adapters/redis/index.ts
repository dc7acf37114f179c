export type { StoreState } from './health.ts';
export { openRedisStores } from './stores.ts';
export type { RedisStores, RedisStoresOptions } from './stores.ts';
