import type { CompiledPipeline } from '#common/pipeline';
import { SOURCE } from '#common/pipeline';

/** done: it finished. active: everything it waits for is done. waiting: something before it is not. */
export type StageState = 'done' | 'active' | 'waiting';

export interface StageProgress {
  readonly stage: string;
  readonly state: StageState;
}

/** Where a request stands, stage by stage in the pipeline's order, from the names of the stages that have finished. */
export function stageProgress(pipeline: CompiledPipeline, stagesDone: readonly string[]): readonly StageProgress[] {
  const isDone = (index: number): boolean => index === SOURCE || stagesDone.includes(pipeline.stages[index]?.name ?? '');
  return pipeline.stages.map((stage) => {
    if (isDone(stage.index)) return { stage: stage.name, state: 'done' };
    return { stage: stage.name, state: stage.members.every(isDone) ? 'active' : 'waiting' };
  });
}
