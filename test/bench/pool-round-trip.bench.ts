/**
 * `npm run bench -- pool-round-trip`: what a call of a function that does nothing costs in the pool (256 bytes in and out, one thread),
 * beside a bare thread that sends the same message back, measured in turn with it. Options: --pairs 10 --calls 3000.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SystemClock } from '#common/adapters/system';
import { createStageExecutor } from '../../apps/stage-worker/src/pool/index.ts';
import { callOf, functionStage, KeptLog, pipelineOf } from '../support/stages.ts';
import { describeEnvironment } from './support/environment.ts';
import { formatMedian, median } from './support/statistics.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '10' }, calls: { type: 'string', default: '3000' } } });
const CALLS = Number(values.calls);
const IN_FLIGHT = 16;
const never = new AbortController().signal;

const x = { name: 'x', datatype: 'FP32', shape: [-1, 64] } as const;
const stage = functionStage('echo', { inputs: [x], outputs: [x] });
const pool = await createStageExecutor(pipelineOf(stage), stage, { clock: new SystemClock(), log: new KeptLog(), environment: process.env });
await pool.load();
const call = callOf({ x: { datatype: 'FP32', shape: [1, 64], bytes: new Uint8Array(256) } });

const bare = new Worker("const { parentPort } = require('node:worker_threads'); parentPort.on('message', (message) => parentPort.postMessage(message));", { eval: true });
await once(bare, 'online');
const answers: (() => void)[] = [];
bare.on('message', () => answers.shift()?.());
const bareCall = (): Promise<void> =>
  new Promise((resolve) => {
    answers.push(resolve);
    bare.postMessage({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], offset: 0, length: 256 }], buffer: new ArrayBuffer(256) });
  });
const poolCall = (): Promise<unknown> => pool.execute(call, never);

interface Run {
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly perSecond: number;
}

const runs: Record<'bare' | 'pool', Run[]> = { bare: [], pool: [] };
await measure(bareCall);
await measure(poolCall);
for (let pair = 0; pair < Number(values.pairs); pair += 1) {
  runs.bare.push(await measure(bareCall));
  runs.pool.push(await measure(poolCall));
}
await pool.unload();
await bare.terminate();

console.log(`a call of 256 bytes that does nothing; ${values.pairs} pairs of ${CALLS} calls\n${describeEnvironment()}\n`);
for (const side of ['bare', 'pool'] as const) {
  const of = (figure: keyof Run): string => formatMedian(median(runs[side].map((run) => run[figure])), 1);
  console.log(`${side}   p50 ${of('p50')} us   p99 ${of('p99')} us   CPU ${of('cpu')} us a call   ${IN_FLIGHT} in flight ${of('perSecond')}/s`);
}
const added = runs.pool.map(({ p50 }, pair) => p50 - (runs.bare[pair]?.p50 ?? Number.NaN));
console.log(`the pool adds to p50   ${formatMedian(median(added), 1)} us`);

/** One in flight for the latency, then several for the rate. */
async function measure(once: () => Promise<unknown>): Promise<Run> {
  const micros: number[] = [];
  const before = process.cpuUsage();
  for (let made = 0; made < CALLS; made += 1) {
    const startedAt = performance.now();
    await once();
    micros.push((performance.now() - startedAt) * 1000);
  }
  const { user, system } = process.cpuUsage(before);
  micros.sort((a, b) => a - b);
  const startedAt = performance.now();
  let left = CALLS;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (left-- > 0) await once();
    }),
  );
  const perSecond = CALLS / ((performance.now() - startedAt) / 1000);
  return { p50: micros[CALLS >> 1] ?? NaN, p99: micros[Math.floor(CALLS * 0.99)] ?? NaN, cpu: (user + system) / CALLS, perSecond };
}
