/**
 * `npm run bench -- chain`: what the way through three no-op stages costs, embedded engine, REST binary, beside an HTTP echo of the same
 * body measured in turn with it. Pairs are interleaved; ratios are taken pair by pair. Options: --pairs 10 --seconds 2.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { zeroInputs } from '../../apps/cli/src/client/input-values.ts';
import { OipClient } from '../../apps/cli/src/client/oip-client.ts';
import type { EncodedCall } from '../../apps/cli/src/client/oip-client.ts';
import { LoadRecorder } from '../../apps/cli/src/load/recorder.ts';
import { runClosedLoop } from '../../apps/cli/src/load/run-load.ts';
import { ServerProcess } from '../support/server-process.ts';
import { EchoProcess } from './support/echo-process.ts';
import { describeEnvironment } from './support/environment.ts';
import { readUsage } from './support/process-usage.ts';
import { formatMedian, median, ratios } from './support/statistics.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '10' }, seconds: { type: 'string', default: '2' } } });
const PAIRS = Number(values.pairs);
const WINDOW_MS = Number(values.seconds) * 1000;
const MIB = 2 ** 20;

interface Window {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

const dataDir = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const server = await ServerProcess.start({ dataDir, pipelines: fileURLToPath(new URL('../../pipelines', import.meta.url)), env: { MILLRACE_LOG_LEVEL: 'warn' } });
const echo = await EchoProcess.start();
const chainClient = new OipClient({ url: server.url, connections: 64 });
const echoClient = new OipClient({ url: echo.url, connections: 64 });
try {
  const specs = (await chainClient.metadata('chain')).inputs;
  const chainCall = chainClient.encode('chain', { parameters: {}, inputs: zeroInputs(specs, 1), binaryOutput: true }, 'binary');
  const echoCall = { ...chainCall, path: '/echo' };
  console.log(`chain, embedded, REST binary, 64 floats; ${PAIRS} pairs of ${WINDOW_MS / 1000} s windows\n${describeEnvironment()}\n`);
  for (const concurrency of [1, 64]) await comparePairs(concurrency, chainCall, echoCall);
  console.log(`memory of the server (all sample pipelines loaded): ${(readUsage(server.pid).pssBytes / MIB).toFixed(0)} MiB proportional set size`);
} finally {
  await Promise.all([chainClient.close(), echoClient.close()]);
  await echo.stop();
  await server.kill('SIGTERM');
  await rm(dataDir, { recursive: true, force: true });
}

async function comparePairs(concurrency: number, chainCall: EncodedCall, echoCall: EncodedCall): Promise<void> {
  await measure(chainClient, chainCall, concurrency);
  await measure(echoClient, echoCall, concurrency);
  const chains: Window[] = [];
  const echoes: Window[] = [];
  const cpuMicroseconds: number[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const before = readUsage(server.pid).cpuSeconds;
    const chain = await measure(chainClient, chainCall, concurrency);
    cpuMicroseconds.push(((readUsage(server.pid).cpuSeconds - before) * 1e6) / ((chain.perSecond * WINDOW_MS) / 1000));
    chains.push(chain);
    echoes.push(await measure(echoClient, echoCall, concurrency));
  }
  const of = (windows: readonly Window[], figure: keyof Window): number[] => windows.map((window) => window[figure]);
  const row = (name: string, figure: keyof Window, digits: number): void => {
    const [own, floor] = [of(chains, figure), of(echoes, figure)];
    console.log(`  ${name.padEnd(12)} chain ${formatMedian(median(own), digits)}   echo ${formatMedian(median(floor), digits)}   chain/echo ${formatMedian(median(ratios(own, floor)))}`);
  };
  console.log(`${concurrency} in flight (median [95 % interval] over the windows)`);
  row('p50 ms', 'p50', 3);
  row('p99 ms', 'p99', 3);
  row('requests/s', 'perSecond', 0);
  console.log(`  server CPU   ${formatMedian(median(cpuMicroseconds), 0)} us a request\n`);
}

async function measure(client: OipClient, call: EncodedCall, concurrency: number): Promise<Window> {
  const recorder = new LoadRecorder();
  const startedMs = performance.now();
  await runClosedLoop({ send: () => client.inferEnding(call), recorder, now: () => performance.now(), signal: new AbortController().signal }, { concurrency, durationMs: WINDOW_MS });
  const failed = [...recorder.endings].filter(([ending]) => ending !== 'ok');
  if (failed.length > 0) throw new Error(`Requests failed, the figures would mean nothing: ${JSON.stringify(failed)}`);
  const { p50, p99 } = recorder.latencySummary();
  return { p50, p99, perSecond: (recorder.ok * 1000) / (performance.now() - startedMs) };
}
