import { arch, cpus, platform, totalmem } from 'node:os';
import type { LatencySummary, LoadRecorder } from './recorder.ts';

/** p99 lateness above which the generator, not the server, was measured. */
const LATENESS_LIMIT_MS = 5;

export interface LoadSettings {
  readonly pipeline: string;
  readonly url: string;
  readonly loop: 'open' | 'closed';
  readonly ratePerSecond?: number;
  readonly arrivals?: 'constant' | 'poisson';
  readonly concurrency?: number;
  readonly durationMs: number;
  readonly seed: number;
  readonly form: 'json' | 'binary';
  readonly rows: number;
}

export interface LoadReport {
  readonly settings: LoadSettings;
  readonly machine: { readonly cpus: number; readonly model: string; readonly memoryBytes: number; readonly platform: string; readonly node: string };
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly ok: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly latencyMs: LatencySummary;
  /** Open loop only: how late the generator sent. */
  readonly latenessMs?: LatencySummary;
  /** False when the generator was too late for its latencies to mean anything. */
  readonly valid: boolean;
}

export interface RunFacts {
  readonly settings: LoadSettings;
  readonly recorder: LoadRecorder;
  readonly startedAt: string;
  readonly elapsedMs: number;
}

export function buildLoadReport({ settings, recorder, startedAt, elapsedMs }: RunFacts): LoadReport {
  const lateness = settings.loop === 'open' ? recorder.latenessSummary() : undefined;
  const processors = cpus();
  return {
    settings,
    machine: {
      cpus: processors.length,
      model: processors[0]?.model ?? 'unknown',
      memoryBytes: totalmem(),
      platform: `${platform()}-${arch()}`,
      node: process.version,
    },
    startedAt,
    elapsedMs,
    ok: recorder.ok,
    errors: Object.fromEntries([...recorder.endings].filter(([ending]) => ending !== 'ok')),
    requestsPerSecond: (recorder.ok * 1000) / elapsedMs,
    latencyMs: recorder.latencySummary(),
    ...(lateness === undefined ? {} : { latenessMs: lateness }),
    valid: lateness === undefined || lateness.p99 <= LATENESS_LIMIT_MS,
  };
}

/** The report as people read it. */
export function formatLoadReport(report: LoadReport): string {
  const { settings, latencyMs } = report;
  const how =
    settings.loop === 'open'
      ? `open loop, ${settings.arrivals} arrivals at ${settings.ratePerSecond}/s`
      : `closed loop, ${settings.concurrency} in flight`;
  const lines = [
    `${settings.pipeline}: ${how}, ${(report.elapsedMs / 1000).toFixed(1)} s, ${settings.form}${settings.rows === 1 ? '' : `, ${settings.rows} rows a request`}`,
    `  answered  ${report.ok} (${report.requestsPerSecond.toFixed(1)}/s)`,
    report.ok === 0
      ? '  latency   none: no request was answered'
      : `  latency   p50 ${ms(latencyMs.p50)}  p90 ${ms(latencyMs.p90)}  p99 ${ms(latencyMs.p99)}  p99.9 ${ms(latencyMs.p999)}  max ${ms(latencyMs.max)}`,
  ];
  for (const [code, count] of Object.entries(report.errors)) lines.push(`  failed    ${count} x ${code}`);
  if (Object.keys(report.errors).length > 0) lines.push(`            ("infer ${settings.pipeline}" with the same values shows the reason of one)`);
  if (report.latenessMs !== undefined) lines.push(`  generator p99 ${ms(report.latenessMs.p99)} late`);
  if (!report.valid) {
    lines.push(`  INVALID: the generator sent too late (p99 over ${LATENESS_LIMIT_MS} ms), so these latencies are its own. Lower --rate or free a core.`);
  }
  return lines.join('\n');
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}
