import { afterAll } from '@jest/globals';
import { withRedisServer } from '../support/redis-process.ts';
import { payloadStoreContract } from './payload-store.contract.ts';
import { openRedis, sharedRedis, stopSharedRedis } from './redis-under-test.ts';

const MAX_BYTES = 4_194_304;

withRedisServer('PayloadStore contract: redis', () => {
  afterAll(stopSharedRedis);

  payloadStoreContract('redis', {
    open: async () => {
      const under = await openRedis(await sharedRedis(), { maxPayloadBytes: MAX_BYTES, lookEveryMs: 3_600_000 });
      return {
        ...under,
        payloads: under.stores.payloads,
        elsewhere: under.elsewhere.payloads,
        maxBytes: MAX_BYTES,
        damage: async (key, change) => {
          const [stored] = await under.redis.keys(`*:p:${key}`);
          if (stored === undefined) throw new Error(`There is no payload under ${key}`);
          await under.redis.set(stored, Buffer.from(change((await under.redis.getBuffer(stored)) ?? Buffer.alloc(0))), 'KEEPTTL');
        },
      };
    },
  });
});
