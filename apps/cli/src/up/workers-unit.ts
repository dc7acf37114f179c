import { createStageWorker } from '#apps/stage-worker';
import type { CreateStageWorkerOptions } from '#apps/stage-worker';
import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import { StageSupervisor } from './stage-supervisor.ts';

/** A stage that could not be loaded; its pipeline answers MODEL_NOT_READY, the others serve. */
export interface LoadFailure {
  readonly pipeline: string;
  readonly stage: string;
  readonly reason: string;
}

export interface WorkersUnitParts extends Omit<CreateStageWorkerOptions, 'pipeline' | 'stage' | 'workerId' | 'unknownVersion' | 'onState'> {
  readonly pipelines: readonly CompiledPipeline[];
  readonly drainMs: number;
}

interface Named {
  readonly pipeline: string;
  readonly stage: string;
  readonly supervisor: StageSupervisor;
}

/** The workers of all stages of all pipelines, in this process. */
export class WorkersUnit {
  readonly name = 'workers';
  private readonly parts: WorkersUnitParts;
  private stages: readonly Named[] = [];
  private loading: Promise<readonly LoadFailure[]> = Promise.resolve([]);

  constructor(parts: WorkersUnitParts) {
    this.parts = parts;
  }

  /** Begins to load; the ports open meanwhile and answer that they are not ready. `loaded` tells when and how it ended. */
  async start(): Promise<void> {
    const stages = this.parts.pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => ({ pipeline, stage })));
    this.stages = stages.map(({ pipeline, stage }) => ({ pipeline: pipeline.name, stage: stage.name, supervisor: this.supervise(pipeline, stage) }));
    await Promise.all(this.stages.map(({ supervisor }) => supervisor.prepare()));
    this.loading = Promise.all(this.stages.map((named) => this.load(named))).then((failures) => failures.flat());
  }

  /** How the first attempt to load went; a stage that failed is tried again later. */
  loaded(): Promise<readonly LoadFailure[]> {
    return this.loading;
  }

  async drain(): Promise<void> {
    await Promise.all(this.stages.map(({ supervisor }) => supervisor.drain(this.parts.drainMs)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.stages.map(({ supervisor }) => supervisor.stop()));
  }

  private supervise(pipeline: CompiledPipeline, stage: CompiledStage): StageSupervisor {
    const { clock, log } = this.parts;
    return new StageSupervisor({
      name: `${pipeline.name}/${stage.name}`,
      clock,
      log,
      make: (onFailed) =>
        createStageWorker({
          ...this.parts,
          pipeline,
          stage,
          workerId: `${pipeline.name}.${stage.name}@local`,
          // This process holds all workers there are, so nobody else could ever take a part of another version.
          unknownVersion: 'end',
          onState: (state) => {
            if (state === 'failed') onFailed();
          },
        }),
    });
  }

  private async load({ pipeline, stage, supervisor }: Named): Promise<LoadFailure[]> {
    try {
      await supervisor.start();
      return [];
    } catch (error) {
      return [{ pipeline, stage, reason: error instanceof Error ? error.message : String(error) }];
    }
  }
}
