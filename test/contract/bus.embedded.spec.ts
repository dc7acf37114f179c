import { busContract } from './bus.contract.ts';
import type { BusUnderTest } from './bus.contract.ts';
import { openEmbedded } from './embedded-under-test.ts';

async function open(): Promise<BusUnderTest> {
  const under = await openEmbedded();
  return { bus: under.engine.bus, prefix: 'millrace.test.', close: () => under.close() };
}

busContract('embedded', {
  open,
  openUnavailable: async () => {
    const under = await open();
    await under.close();
    return under;
  },
});
