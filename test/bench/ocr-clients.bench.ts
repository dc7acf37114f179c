/**
 * `npm run bench -- ocr-clients`: 64 clients read the sample images through `ocr` at once: images a second, latency, and the delay of the
 * server's event loop meanwhile. Options: --clients 64 --seconds 30.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bytesTensor } from '#common/inference';
import type { RuntimeReading } from '#common/telemetry';
import { OipClient } from '../../apps/cli/src/client/oip-client.ts';
import { LoadRecorder } from '../../apps/cli/src/load/recorder.ts';
import { runClosedLoop } from '../../apps/cli/src/load/run-load.ts';
import { ServerProcess, freePort } from '../support/server-process.ts';
import { describeEnvironment } from './support/environment.ts';

const { values } = parseArgs({ options: { clients: { type: 'string', default: '64' }, seconds: { type: 'string', default: '30' } } });
const CLIENTS = Number(values.clients);
const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));
const SAMPLES = join(PIPELINES, 'samples/ocr');

const dataDir = await mkdtemp(join(tmpdir(), 'millrace-ocr-'));
const adminPort = await freePort();
const server = await ServerProcess.start({ dataDir, pipelines: PIPELINES, env: { MILLRACE_LOG_LEVEL: 'warn', MILLRACE_ADMIN_PORT: String(adminPort) } });
const client = new OipClient({ url: server.url, connections: CLIENTS });
try {
  const files = Object.keys(JSON.parse(await readFile(join(SAMPLES, 'truth.json'), 'utf8')) as Record<string, string[]>);
  const calls = await Promise.all(
    files.map(async (file) => client.encode('ocr', { parameters: {}, inputs: { image: bytesTensor([1], [await readFile(join(SAMPLES, file))]) }, binaryOutput: true }, 'binary')),
  );
  let next = 0;
  const send = (): Promise<string> => client.inferEnding(calls[next++ % calls.length] as (typeof calls)[number]);
  const recorder = new LoadRecorder();
  await readRuntime();
  const startedMs = performance.now();
  await runClosedLoop({ send, recorder, now: () => performance.now(), signal: new AbortController().signal }, { concurrency: CLIENTS, durationMs: Number(values.seconds) * 1000 });
  const elapsedSeconds = (performance.now() - startedMs) / 1000;
  const { eventLoopDelayMs, rssBytes } = await readRuntime();
  const { p50, p99 } = recorder.latencySummary();
  console.log(`ocr, ${CLIENTS} clients, ${elapsedSeconds.toFixed(0)} s\n${describeEnvironment()}\n`);
  console.log(`  answered          ${JSON.stringify(Object.fromEntries(recorder.endings))}, ${(recorder.ok / elapsedSeconds).toFixed(2)} images/s, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`);
  console.log(`  event-loop delay  p50 ${eventLoopDelayMs.p50.toFixed(1)} ms, p99 ${eventLoopDelayMs.p99.toFixed(1)} ms, max ${eventLoopDelayMs.max.toFixed(1)} ms`);
  console.log(`  memory            ${(rssBytes / 2 ** 20).toFixed(0)} MiB resident`);
} finally {
  await client.close();
  await server.kill('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
}

async function readRuntime(): Promise<RuntimeReading> {
  return (await (await fetch(`http://127.0.0.1:${adminPort}/admin/runtime`)).json()) as RuntimeReading;
}
