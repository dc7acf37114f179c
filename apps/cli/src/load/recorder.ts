import { build } from 'hdr-histogram-js';
import type { Histogram } from 'hdr-histogram-js';

const MICROSECONDS_PER_MS = 1000;
/** Ten minutes: anything longer is recorded as this. */
const HIGHEST_US = 600_000_000;

/** How one request ended: `ok`, or the error code (or `HTTP_<status>`, `NETWORK`). */
export type Ending = string;

export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

/** Counts endings and latencies of a load run. Latencies are milliseconds, kept to three digits in an HDR histogram. */
export class LoadRecorder {
  readonly endings = new Map<Ending, number>();
  private readonly latency: Histogram = newHistogram();
  private readonly lateness: Histogram = newHistogram();

  /** `latencyMs` counts from the intended time in an open loop, so that a stalled server cannot hide its stall. */
  finished(ending: Ending, latencyMs: number): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    if (ending === 'ok') this.latency.recordValue(toMicroseconds(latencyMs));
  }

  /** How late the generator itself was in sending. */
  sentLate(lateMs: number): void {
    this.lateness.recordValue(toMicroseconds(lateMs));
  }

  get ok(): number {
    return this.endings.get('ok') ?? 0;
  }

  latencySummary(): LatencySummary {
    return summarise(this.latency);
  }

  latenessSummary(): LatencySummary {
    return summarise(this.lateness);
  }
}

function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: HIGHEST_US, numberOfSignificantValueDigits: 3 });
}

function toMicroseconds(ms: number): number {
  return Math.min(HIGHEST_US, Math.max(1, Math.round(ms * MICROSECONDS_PER_MS)));
}

function summarise(histogram: Histogram): LatencySummary {
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / MICROSECONDS_PER_MS;
  if (histogram.totalCount === 0) return { p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0 };
  return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: histogram.maxValue / MICROSECONDS_PER_MS, mean: histogram.mean / MICROSECONDS_PER_MS };
}
