import { afterAll } from '@jest/globals';
import { withRedisServer } from '../support/redis-process.ts';
import { joinStoreContract } from './join-store.contract.ts';
import { openRedis, sharedRedis, stopSharedRedis } from './redis-under-test.ts';

// Long beside a call, and so short that twenty lapses fit into the life of a join.
const LEASE_MS = 2_000;

withRedisServer('JoinStore contract: redis', () => {
  afterAll(stopSharedRedis);

  joinStoreContract('redis', {
    open: async () => {
      const under = await openRedis(await sharedRedis(), { joinLeaseMs: LEASE_MS, lookEveryMs: 3_600_000 });
      return { ...under, joins: under.stores.joins, elsewhere: under.elsewhere.joins, leaseMs: LEASE_MS };
    },
  });
});
