import { openEmbedded } from './embedded-under-test.ts';
import { repliesContract } from './replies.contract.ts';
import type { RepliesUnderTest } from './replies.contract.ts';
import { waitUntil } from '../support/wait-until.ts';

async function open(): Promise<RepliesUnderTest> {
  const under = await openEmbedded();
  const { clock } = under;
  let serial = 0;
  const { replies } = under.engine;
  return {
    replies,
    elsewhere: replies,
    nowMs: () => clock.clusterNow(),
    passTo: async (atMs) => {
      clock.advance(atMs - clock.clusterNow());
      // Housekeeping runs on the clock's timers and commits at the end of a turn.
      for (let rounds = 0; rounds < 3; rounds++) {
        await waitUntil('housekeeping to rest', () => clock.pendingTimers > 1);
        clock.advance(1000);
      }
      await waitUntil('housekeeping to rest', () => clock.pendingTimers > 1);
    },
    newId: () => `0190c2f3-0000-7000-8000-${String(serial++).padStart(12, '0')}`,
    close: () => under.close(),
  };
}

repliesContract('embedded', {
  open,
  openUnavailable: async () => {
    const under = await open();
    await under.close();
    return under;
  },
});
