import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Event-loop turns between accept and outcome: what hops and executors of a short chain take.
const TURNS_BETWEEN = 4;
const WARM_UP_MS = 150;

const turn = () => new Promise((resolve) => setImmediate(resolve));

export const quantile = (values, q) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? NaN;

/** Runs the load on one store in a folder of its own. CPU in microseconds per request, latency of accept plus outcome in milliseconds. */
export async function measure({ make }, { inFlight, entryBytes }, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  const store = await make(join(folder, 'store'));
  const [record, entry, outcome] = [Buffer.alloc(200, 1), Buffer.alloc(entryBytes, 2), Buffer.alloc(500, 3)];
  let latencies = [];
  let serial = 0;
  const serve = async (until) => {
    while (performance.now() < until) {
      const id = `0190${String(serial++).padStart(8, '0')}-7000-8000-0123456789ab`;
      const asked = performance.now();
      await store.accept(id, record, entry);
      const accepted = performance.now();
      for (let turns = 0; turns < TURNS_BETWEEN; turns++) await turn();
      const ready = performance.now();
      await store.complete(id, outcome);
      latencies.push(accepted - asked + performance.now() - ready);
    }
  };
  const run = async (ms) => {
    const until = performance.now() + ms;
    await Promise.all(Array.from({ length: inFlight }, () => serve(until)));
  };
  await run(WARM_UP_MS);
  latencies = [];
  const [start, thread, whole] = [performance.now(), process.threadCpuUsage(), process.cpuUsage()];
  await run(seconds * 1000);
  const [main, all, elapsedMs] = [process.threadCpuUsage(thread), process.cpuUsage(whole), performance.now() - start];
  const purgeStart = process.cpuUsage();
  const purged = await store.purge();
  const purge = process.cpuUsage(purgeStart);
  const bytes = (store.files?.() ?? []).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  const count = latencies.length;
  return {
    mainUs: (main.user + main.system) / count,
    wholeUs: (all.user + all.system) / count,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    perSecond: (count / elapsedMs) * 1000,
    purgeUs: purged > 0 ? (purge.user + purge.system) / purged : NaN,
    bytesPerRequest: bytes / serial,
  };
}
