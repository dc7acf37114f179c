import { afterAll } from '@jest/globals';
import { withRedisServer } from '../support/redis-process.ts';
import { openRedis, sharedRedis, startRedis, stopSharedRedis } from './redis-under-test.ts';
import type { RedisUnderTest } from './redis-under-test.ts';
import { repliesContract } from './replies.contract.ts';
import type { RepliesUnderTest } from './replies.contract.ts';

// Time is moved by the test: Redis' own clock must not mend it meanwhile.
const LOOK_EVERY_MS = 3_600_000;

withRedisServer('Replies contract: redis', () => {
  afterAll(stopSharedRedis);

  repliesContract('redis', {
    open: async () => seen(await openRedis(await sharedRedis(), { lookEveryMs: LOOK_EVERY_MS })),
    openUnavailable: async () => {
      const server = await startRedis();
      const under = await openRedis(server);
      await server.stop();
      return seen(under);
    },
  });
});

function seen(under: RedisUnderTest): RepliesUnderTest {
  return {
    replies: under.stores.replies,
    elsewhere: under.elsewhere.replies,
    nowMs: under.nowMs,
    passTo: (atMs) => under.passTime(atMs - under.nowMs()),
    newId: under.newId,
    close: under.close,
  };
}
