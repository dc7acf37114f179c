import type { StageSample } from '#common/scaling';
import type { CompiledPipeline } from '#common/pipeline';

/** Reads one kind of fact about the stages of a pipeline, once per tick. What cannot be known is left undefined; it never rejects. */
export interface Signal {
  read(pipeline: CompiledPipeline): Promise<ReadonlyMap<string, Partial<StageSample>>>;
}
