// Opens the embedded engine of the folder it is given, accepts one request named `held`, says so, and stays until it is killed.
import { openEmbeddedEngine } from '#common/adapters/embedded';
import { FakeClock } from './fake-clock.ts';

const [dataDir = ''] = process.argv.slice(2);
const clock = new FakeClock();
const { replies } = await openEmbeddedEngine({ dataDir, clock, log: { write: () => undefined }, lockWaitMs: 0 });
const atMs = clock.clusterNow();
await replies.accept({
  requestId: 'held',
  tenant: 'default',
  pipeline: 'chain',
  version: 'v',
  mode: 'async',
  acceptedAtMs: atMs,
  deadlineMs: atMs + 60_000,
  keepUntilMs: atMs + 60_000,
  entry: [],
});
process.stdout.write('holding\n');
setInterval(() => undefined, 60_000);
