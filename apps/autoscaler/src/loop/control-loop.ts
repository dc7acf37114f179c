import type { Catalog } from '#common/catalog';
import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import type { CancelTimer, Clock, Log } from '#common/ports';
import type { Policy, StageSample } from '#common/scaling';
import type { Actuator } from '../actuators/index.ts';
import type { Signal } from '../signals/index.ts';
import { Decisions } from './decisions.ts';

const TICK_MS = 1000;
const DECISIONS_KEPT = 1000;

export interface ControlLoopParts {
  readonly catalog: Pick<Catalog, 'list'>;
  readonly signals: readonly Signal[];
  readonly policy: Policy;
  readonly actuator: Actuator;
  readonly clock: Clock;
  readonly log: Log;
}

/** Read, decide, act, record why: once a second for every stage. The data path does not notice when it dies. */
export class ControlLoop {
  readonly decisions = new Decisions(DECISIONS_KEPT);
  private readonly parts: ControlLoopParts;
  private cancelTick: CancelTimer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(parts: ControlLoopParts) {
    this.parts = parts;
  }

  start(): void {
    this.cancelTick = this.parts.clock.after(TICK_MS, () => {
      this.running = this.tick().catch((error: unknown) => {
        this.parts.log.write('warn', 'The autoscaler missed a tick; sizes stay as they are until the next.', { error: String(error) });
      });
      this.start();
    });
  }

  async stop(): Promise<void> {
    this.cancelTick?.();
    await this.running;
    await this.parts.actuator.close();
  }

  /** One round over all pipelines; public so that tests and the command line can drive it. */
  async tick(): Promise<void> {
    for (const pipeline of this.parts.catalog.list()) {
      const samples = await this.readSamples(pipeline);
      for (const stage of pipeline.stages) await this.decide(pipeline, stage, samples.get(stage.name));
    }
  }

  private async readSamples(pipeline: CompiledPipeline): Promise<Map<string, Partial<StageSample>>> {
    const merged = new Map<string, Partial<StageSample>>();
    for (const facts of await Promise.all(this.parts.signals.map((signal) => signal.read(pipeline)))) {
      for (const [stage, fact] of facts) merged.set(stage, { ...merged.get(stage), ...fact });
    }
    return merged;
  }

  private async decide(pipeline: CompiledPipeline, stage: CompiledStage, facts: Partial<StageSample> = {}): Promise<void> {
    const { policy, actuator, clock, log } = this.parts;
    const seen: StageSample = { pipeline: pipeline.name, stage: stage.name, backlog: facts.backlog, executors: facts.executors, executorsBusy: facts.executorsBusy };
    const { desired, reason } = policy(seen, { minimum: stage.executors, maximum: stage.executors });
    const done = desired === seen.executors ? 'nothing to do' : await actuator.apply({ pipeline: pipeline.name, stage: stage.name }, desired);
    const record = { atMs: clock.clusterNow(), pipeline: pipeline.name, stage: stage.name, seen, desired, reason, done };
    if (this.decisions.add(record)) log.write('debug', 'scaling decision', { pipeline: pipeline.name, stage: stage.name, desired, reason, done });
  }
}
