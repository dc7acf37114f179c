import { createStageWorker } from '#apps/stage-worker';
import type { CreateStageWorkerOptions, StageWorker } from '#apps/stage-worker';
import type { CompiledPipeline } from '#common/pipeline';

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
  readonly worker: StageWorker;
}

/** The workers of all stages of all pipelines, in this process. */
export class WorkersUnit {
  readonly name = 'workers';
  private readonly parts: WorkersUnitParts;
  private workers: readonly Named[] = [];
  private loading: Promise<readonly LoadFailure[]> = Promise.resolve([]);

  constructor(parts: WorkersUnitParts) {
    this.parts = parts;
  }

  /** Begins to load; the ports open meanwhile and answer that they are not ready. `loaded` tells when and how it ended. */
  async start(): Promise<void> {
    const stages = this.parts.pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => ({ pipeline, stage })));
    this.workers = await Promise.all(
      stages.map(async ({ pipeline, stage }) => ({
        pipeline: pipeline.name,
        stage: stage.name,
        // This process holds all workers there are, so nobody else could ever take a part of another version.
        worker: await createStageWorker({ ...this.parts, pipeline, stage, workerId: `${pipeline.name}.${stage.name}@local`, unknownVersion: 'end' }),
      })),
    );
    this.loading = Promise.all(this.workers.map((named) => this.load(named))).then((failures) => failures.flat());
  }

  loaded(): Promise<readonly LoadFailure[]> {
    return this.loading;
  }

  async drain(): Promise<void> {
    await Promise.all(this.workers.map(({ worker }) => worker.drain(this.parts.drainMs)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map(({ worker }) => worker.stop()));
  }

  private async load({ pipeline, stage, worker }: Named): Promise<LoadFailure[]> {
    try {
      await worker.start();
      return [];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.parts.log.write('error', `stage "${stage}" of pipeline "${pipeline}" could not be loaded; the pipeline is not ready: ${reason}`);
      return [{ pipeline, stage, reason }];
    }
  }
}
