// Opens the embedded engine of the folder it is given and accepts requests, many at a time, without end; every fourth it also completes.
// Prints `accepted <id>` and `ended <id>` once each is durable. Whoever starts it kills it.
import { openEmbeddedEngine } from '#common/adapters/embedded';
import { FakeClock } from './fake-clock.ts';

const [dataDir = '', epochMs = '0', entryBytes = '500'] = process.argv.slice(2);
const clock = new FakeClock(Number(epochMs));
const { replies, bus } = await openEmbeddedEngine({ dataDir, clock, log: { write: () => undefined } });
await bus.ensureTopics([{ name: 'hop', partitions: 4, retention: 'hop' }]);

async function serve(id: string, number: number): Promise<void> {
  const atMs = clock.clusterNow();
  const entry = [{ topic: 'hop', key: id, headers: { number: String(number) }, bytes: new Uint8Array(Number(entryBytes)).fill(number) }];
  const times = { acceptedAtMs: atMs, deadlineMs: atMs + 60_000, keepUntilMs: atMs + 120_000 };
  await replies.accept({ requestId: id, tenant: 'default', pipeline: 'chain', version: 'v', mode: 'async', ...times, entry });
  process.stdout.write(`accepted ${id}\n`);
  await bus.publish(entry);
  if (number % 4 !== 0) return;
  await replies.complete(id, { kind: 'cancelled', atMs, timings: [], error: { code: 'CANCELLED', message: id, retryable: false } });
  process.stdout.write(`ended ${id}\n`);
}

let number = 0;
async function loop(): Promise<void> {
  for (;;) await serve(`id-${String(number).padStart(6, '0')}`, number++);
}
await Promise.all(Array.from({ length: 16 }, loop));
