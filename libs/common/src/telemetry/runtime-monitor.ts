import { monitorEventLoopDelay } from 'node:perf_hooks';

const NANOSECONDS_PER_MS = 1e6;
/** How often the loop is sampled, milliseconds; a delay is what a timer of this length came late. */
const RESOLUTION_MS = 10;

export interface RuntimeReading {
  /** Delay of the event loop since the last reading, milliseconds. */
  readonly eventLoopDelayMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** User and system time of all threads since the process began, seconds. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly uptimeSeconds: number;
}

/** Watches the process it runs in. The delay of the event loop shows whether anything computes where it must not. */
export class RuntimeMonitor {
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.delay.enable();
  }

  stop(): void {
    this.delay.disable();
  }

  /** The delay figures start anew with each reading. */
  read(): RuntimeReading {
    // The histogram holds the whole interval between two samples; its own length is no delay.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS);
    const empty = this.delay.count === 0;
    const eventLoopDelayMs = empty ? { p50: 0, p99: 0, max: 0 } : { p50: late(this.delay.percentile(50)), p99: late(this.delay.percentile(99)), max: late(this.delay.max) };
    this.delay.reset();
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    return { eventLoopDelayMs, cpuSeconds: (user + system) / 1e6, rssBytes: rss, heapUsedBytes: heapUsed, uptimeSeconds: process.uptime() };
  }
}
