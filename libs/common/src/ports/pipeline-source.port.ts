import type { CompiledPipeline } from '../pipeline/index.ts';
import type { AppError } from '../errors/index.ts';

/** A pipeline file that was read: compiled, or why not (PIPELINE_INVALID, all problems in the message). */
export type LoadedPipeline =
  | { readonly file: string; readonly pipeline: CompiledPipeline }
  | { readonly file: string; readonly error: AppError };

/** Where pipelines come from. Called at start and on change, never per request. */
export interface PipelineSource {
  /** Every pipeline file of the source, sorted by file name. Rejects only when the source itself cannot be read. */
  load(): Promise<readonly LoadedPipeline[]>;
}
