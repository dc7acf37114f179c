import type { CompiledPipeline } from '#common/pipeline';
import type { Clock, Fleet, WorkerReport } from '#common/ports';

/**
 * ready: every stage has, or had moments ago, a ready worker of the pipeline's version. failed: a stage has only workers that could not start.
 * loading: neither yet.
 */
export interface PipelineHealth {
  readonly state: 'ready' | 'loading' | 'failed';
  /** For people, when not ready: which stages are missing and why. */
  readonly reason?: string;
}

/** A stage without a worker stays ready this long: a worker that is being replaced costs its requests a wait, not a refusal. */
const GRACE_MS = 5000;
/** What was read stays good this long; then it is read again beside the request that asked, not before it. */
const FRESH_MS = 1000;
/** While something is missing, a question may read again this often. */
const IMPATIENT_MS = 100;

/** What the fleet says about pipelines, read at most every so often and never on a timer: an idle ingress asks nobody. */
export class Readiness {
  private readonly fleet: Fleet;
  private readonly clock: Clock;
  private readonly readyAt = new Map<string, number>();
  private failures: ReadonlyMap<string, string> = new Map();
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<void> | undefined;

  constructor(fleet: Fleet, clock: Clock) {
    this.fleet = fleet;
    this.clock = clock;
  }

  /** Called per request. Reads the fleet first only when what is known is old. Rejects with STORE_UNAVAILABLE when nothing is known at all. */
  async health(pipeline: CompiledPipeline): Promise<PipelineHealth> {
    const age = this.clock.now() - this.readAt;
    const known = age > GRACE_MS ? undefined : this.judge(pipeline);
    if (known?.state === 'ready') {
      if (age > FRESH_MS) this.readBeside();
      return known;
    }
    if (age > IMPATIENT_MS) await this.read();
    return this.judge(pipeline);
  }

  private readBeside(): void {
    // A failed read here leaves what is known; the next question waits for its own read and says so.
    this.read().catch(() => undefined);
  }

  private read(): Promise<void> {
    this.reading ??= this.fleet
      .workers()
      .then((reports) => this.take(reports))
      .finally(() => {
        this.reading = undefined;
      });
    return this.reading;
  }

  private take(reports: readonly WorkerReport[]): void {
    const now = this.clock.now();
    const failures = new Map<string, string>();
    for (const report of reports) {
      const key = stageKey(report, report.stage);
      if (report.state === 'ready') this.readyAt.set(key, now);
      if (report.state === 'failed') failures.set(key, report.reason ?? 'no reason given');
    }
    this.failures = failures;
    this.readAt = now;
    for (const [key, at] of this.readyAt) if (now - at > GRACE_MS) this.readyAt.delete(key);
  }

  private judge(pipeline: CompiledPipeline): PipelineHealth {
    const version = { pipeline: pipeline.name, version: pipeline.version };
    const oldest = this.clock.now() - GRACE_MS;
    const missing = pipeline.stages.filter((stage) => (this.readyAt.get(stageKey(version, stage.name)) ?? Number.NEGATIVE_INFINITY) < oldest);
    if (missing.length === 0) return { state: 'ready' };
    const reasons = missing.map((stage) => ({ stage: stage.name, failure: this.failures.get(stageKey(version, stage.name)) }));
    const reason = reasons.map(({ stage, failure }) => `stage "${stage}" ${failure === undefined ? 'has no ready worker' : `failed to start: ${failure}`}`).join('; ');
    return { state: reasons.some(({ failure }) => failure !== undefined) ? 'failed' : 'loading', reason };
  }
}

function stageKey(version: { readonly pipeline: string; readonly version: string }, stage: string): string {
  return `${version.pipeline}@${version.version}/${stage}`;
}
