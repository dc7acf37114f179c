import { afterAll } from '@jest/globals';
import { withRedisServer } from '../support/redis-process.ts';
import { fleetContract } from './fleet.contract.ts';
import { openRedis, sharedRedis, stopSharedRedis } from './redis-under-test.ts';

const FRESH_FOR_MS = 60_000;

withRedisServer('Fleet contract: redis', () => {
  afterAll(stopSharedRedis);

  fleetContract('redis', {
    open: async () => {
      const under = await openRedis(await sharedRedis(), { reportFreshForMs: FRESH_FOR_MS, lookEveryMs: 3_600_000 });
      return { ...under, fleet: under.stores.fleet, elsewhere: under.elsewhere.fleet, freshForMs: FRESH_FOR_MS };
    },
  });
});
