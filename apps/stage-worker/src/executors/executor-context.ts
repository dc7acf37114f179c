import type { CompiledStage } from '#common/pipeline';
import type { Log } from '#common/ports';

/** What an executor is made from: its stage, and who it is. Plain data but for the log, so that it can be sent to a thread or process. */
export interface ExecutorContext {
  readonly pipeline: string;
  readonly version: string;
  readonly stage: CompiledStage;
  readonly log: Log;
}
