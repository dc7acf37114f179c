import type { AppError } from '../errors/index.ts';
import type { CompiledPipeline, Problem } from '../pipeline/index.ts';

/** A pipeline file that was read: compiled, or why not. `file` is the name people know it by, such as `pipelines/digits.yaml`. */
export type LoadedPipeline =
  | { readonly file: string; readonly pipeline: CompiledPipeline }
  /** PIPELINE_INVALID; its message holds every problem as people read it, `problems` as tools do. */
  | { readonly file: string; readonly error: AppError; readonly problems: readonly Problem[] };

/** Where pipelines come from. Called at start and on change, never per request. */
export interface PipelineSource {
  /** Every pipeline file of the source, sorted by file name; no two of the answer have the same name. Rejects only when the source itself cannot be read. */
  load(): Promise<readonly LoadedPipeline[]>;
}
