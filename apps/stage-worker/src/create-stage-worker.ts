import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import type { Fleet } from '#common/ports';
import { createStageExecutor } from './pool/index.ts';
import type { PoolLimits } from './pool/index.ts';
import { StageWorker, stageScope } from './worker/index.ts';
import type { StageWorkerState, UnknownVersion, WorkerPorts } from './worker/index.ts';

export interface CreateStageWorkerOptions extends WorkerPorts {
  readonly pipeline: CompiledPipeline;
  readonly stage: CompiledStage;
  readonly fleet: Fleet;
  /** Unique in the fleet. */
  readonly workerId: string;
  /** First word of all topics and groups; default `millrace`. */
  readonly prefix?: string;
  /** This process's environment; executors see only what is on their allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default `park`; `end` where this process holds all workers there are. */
  readonly unknownVersion?: UnknownVersion;
  readonly poolLimits?: Partial<PoolLimits>;
  readonly onState?: (state: StageWorkerState, reason: string | undefined) => void;
}

/** The worker of one stage with its executors, not started. Rejects with CONFIG_INVALID for a kind of executor that does not exist. */
export async function createStageWorker(options: CreateStageWorkerOptions): Promise<StageWorker> {
  const { pipeline, stage, workerId, prefix, environment, poolLimits, clock, log } = options;
  const executor = await createStageExecutor(pipeline, stage, { clock, log, environment, ...(poolLimits === undefined ? {} : { limits: poolLimits }) });
  return new StageWorker({
    scope: stageScope({ pipeline, stage, workerId, prefix }, options),
    executor,
    fleet: options.fleet,
    unknownVersion: options.unknownVersion ?? 'park',
    ...(options.onState === undefined ? {} : { onState: options.onState }),
  });
}
