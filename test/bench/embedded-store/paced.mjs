import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { quantile } from './measure.mjs';

const NS_PER_MS = 1e6;

/** Starts requests at a fixed rate, as clients do, and answers how long the event loop was held up and how long accept plus outcome took, milliseconds. */
export async function pace({ make }, { perSecond, entryBytes }, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-store-'));
  const store = await make(join(folder, 'store'));
  const [record, entry, outcome] = [Buffer.alloc(200, 1), Buffer.alloc(entryBytes, 2), Buffer.alloc(500, 3)];
  const latencies = [];
  const running = new Set();
  let started = 0;
  const serve = async (serial) => {
    const id = `0190${String(serial).padStart(8, '0')}-7000-8000-0123456789ab`;
    const asked = performance.now();
    await store.accept(id, record, entry);
    await store.complete(id, outcome);
    latencies.push(performance.now() - asked);
  };
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - start) {
    while (started < (elapsedMs / 1000) * perSecond) {
      const request = serve(started++).finally(() => running.delete(request));
      running.add(request);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  delay.disable();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return { loopP99: delay.percentile(99) / NS_PER_MS, loopMax: delay.max / NS_PER_MS, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
