import { expect, it } from '@jest/globals';
import { openEmbedded } from './embedded-under-test.ts';
import { joinStoreContract } from './join-store.contract.ts';

const LEASE_MS = 500;

joinStoreContract('embedded', {
  open: async () => {
    const under = await openEmbedded({ joinLeaseMs: LEASE_MS });
    const { joins } = under.engine;
    let serial = 0;
    return {
      joins,
      elsewhere: joins,
      leaseMs: LEASE_MS,
      nowMs: () => under.clock.clusterNow(),
      passTime: async (ms) => under.clock.advance(ms),
      newId: () => `request-${serial++}`,
      close: () => under.close(),
    };
  },
});

it('forgets the joins of a request whose outcome was stored', async () => {
  const under = await openEmbedded({ joinLeaseMs: LEASE_MS });
  try {
    const { joins, replies } = under.engine;
    const nowMs = under.clock.clusterNow();
    const requestId = 'ended';
    await replies.accept({ requestId, tenant: 't', pipeline: 'p', version: 'v', mode: 'sync', acceptedAtMs: nowMs, deadlineMs: nowMs + 9_000, keepUntilMs: nowMs + 9_000, entry: [] });
    await joins.addPart({ key: { requestId, run: 0, node: 1 }, scope: 's', part: { member: '0', bytes: new Uint8Array(1) }, expected: 1, expiresAtMs: nowMs + 9_000 });
    await replies.complete(requestId, { kind: 'cancelled', atMs: nowMs, timings: [], error: { code: 'CANCELLED', message: 'm', retryable: false } });
    under.clock.advance(LEASE_MS);
    expect(await joins.due('s', under.clock.clusterNow())).toEqual([]);
  } finally {
    await under.close();
  }
});
