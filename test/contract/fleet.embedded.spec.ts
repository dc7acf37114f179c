import { openEmbedded } from './embedded-under-test.ts';
import { fleetContract } from './fleet.contract.ts';

const FRESH_FOR_MS = 1_000;

fleetContract('embedded', {
  open: async () => {
    const under = await openEmbedded({ reportFreshForMs: FRESH_FOR_MS });
    const { fleet } = under.engine;
    return {
      fleet,
      elsewhere: fleet,
      freshForMs: FRESH_FOR_MS,
      nowMs: () => under.clock.clusterNow(),
      passTime: async (ms) => under.clock.advance(ms),
      close: () => under.close(),
    };
  },
});
