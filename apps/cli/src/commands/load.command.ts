import { readInputs, zeroInputs } from '../client/input-values.ts';
import { OipClient } from '../client/oip-client.ts';
import { EXIT } from '../exit-codes.ts';
import { constantArrivals, poissonArrivals } from '../load/arrivals.ts';
import { buildLoadReport, formatLoadReport } from '../load/load-report.ts';
import type { LoadSettings } from '../load/load-report.ts';
import { preciseSleep } from '../load/precise-sleep.ts';
import { LoadRecorder } from '../load/recorder.ts';
import { runClosedLoop, runOpenLoop } from '../load/run-load.ts';
import type { LoadTarget } from '../load/run-load.ts';
import type { CommandBody, CommandContext } from './command.ts';

const OPEN_LOOP_CONNECTIONS = 512;
const PROGRESS_EVERY_MS = 500;

export interface LoadOptions {
  readonly pipeline: string;
  readonly values: readonly string[];
  readonly url: string;
  /** Given = open loop. */
  readonly rate?: number;
  readonly arrivals: 'constant' | 'poisson';
  /** Closed loop when no rate is given. */
  readonly concurrency: number;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly seed: number;
  readonly form: 'json' | 'binary';
  readonly rows: number;
}

/** `millrace load chain --rate 500`: measures a running server from outside. Fails when any request failed or the run is invalid. */
export const loadCommand: CommandBody<LoadOptions> = async (options, context) => {
  const client = new OipClient({ url: options.url, connections: options.rate === undefined ? options.concurrency : OPEN_LOOP_CONNECTIONS });
  try {
    const metadata = await client.metadata(options.pipeline);
    const inputs = options.values.length > 0 ? await readInputs(metadata.inputs, options.values) : zeroInputs(metadata.inputs, options.rows);
    const call = client.encode(options.pipeline, { parameters: {}, inputs, ...(options.form === 'binary' ? { binaryOutput: true } : {}) }, options.form);
    const send = (): Promise<string> => client.inferEnding(call);
    await warmUp(send, options, context);
    const recorder = new LoadRecorder();
    const startedAt = new Date().toISOString();
    const startedMs = performance.now();
    await runOnce({ send, recorder, now: () => performance.now(), signal: context.signal, onProgress: progressLine(options, context, startedMs) }, options);
    const report = buildLoadReport({ settings: settingsOf(options), recorder, startedAt, elapsedMs: performance.now() - startedMs });
    context.console.data(report);
    context.console.say(formatLoadReport(report));
    if (context.signal.aborted) return EXIT.interrupted;
    return report.valid && Object.keys(report.errors).length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    await client.close();
  }
};

async function warmUp(send: () => Promise<string>, { warmupMs, concurrency }: LoadOptions, { signal, console }: CommandContext): Promise<void> {
  if (warmupMs === 0) return;
  console.progress('warming up ...');
  await runClosedLoop({ send, recorder: new LoadRecorder(), now: () => performance.now(), signal }, { concurrency, durationMs: warmupMs });
}

function runOnce(target: LoadTarget, options: LoadOptions): Promise<void> {
  const { rate, durationMs, seed } = options;
  if (rate === undefined) return runClosedLoop(target, { concurrency: options.concurrency, durationMs });
  const plan = { ratePerSecond: rate, durationMs, seed };
  return runOpenLoop(target, { arrivals: options.arrivals === 'constant' ? constantArrivals(plan) : poissonArrivals(plan), sleep: preciseSleep });
}

function progressLine({ durationMs }: LoadOptions, { console }: CommandContext, startedMs: number): (inFlight: number, done: number) => void {
  let nextMs = startedMs + PROGRESS_EVERY_MS;
  return (inFlight, done) => {
    const nowMs = performance.now();
    if (nowMs < nextMs) return;
    nextMs = nowMs + PROGRESS_EVERY_MS;
    console.progress(`${((nowMs - startedMs) / 1000).toFixed(1)} of ${durationMs / 1000} s: ${done} answered, ${inFlight} in flight`);
  };
}

function settingsOf(options: LoadOptions): LoadSettings {
  const { pipeline, url, durationMs, seed, form, rows } = options;
  const loop = options.rate === undefined ? { loop: 'closed' as const, concurrency: options.concurrency } : { loop: 'open' as const, ratePerSecond: options.rate, arrivals: options.arrivals };
  return { pipeline, url, durationMs, seed, form, rows, ...loop };
}
