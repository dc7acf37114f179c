import type { EmbeddedEngine, Restored } from '#common/adapters/embedded';
import { pipelineTopics } from '#common/pipeline';
import type { CompiledPipeline } from '#common/pipeline';
import type { Log } from '#common/ports';

/** One process needs one partition per topic: its executors share the group's only member. */
const PARTITIONS = 1;

export interface EngineUnitParts {
  readonly engine: EmbeddedEngine;
  readonly pipelines: readonly CompiledPipeline[];
  readonly log: Log;
  readonly prefix: string;
  /** Told of each request that runs again. */
  readonly onRestored: (request: Restored) => void;
}

/** The open engine: makes the topics, then starts again what the last process left unfinished. */
export class EngineUnit {
  readonly name = 'engine';
  private readonly engine: EmbeddedEngine;
  private readonly pipelines: readonly CompiledPipeline[];
  private readonly log: Log;
  private readonly prefix: string;
  private readonly onRestored: EngineUnitParts['onRestored'];

  constructor(parts: EngineUnitParts) {
    this.engine = parts.engine;
    this.pipelines = parts.pipelines;
    this.log = parts.log;
    this.prefix = parts.prefix;
    this.onRestored = parts.onRestored;
  }

  async start(): Promise<void> {
    await this.engine.bus.ensureTopics(this.pipelines.flatMap((pipeline) => pipelineTopics(pipeline, { partitions: PARTITIONS, prefix: this.prefix })));
    const { republished, overdue, failed } = await this.engine.recover(this.onRestored);
    if (republished + overdue + failed > 0) this.log.write('info', 'requests that the last process left unfinished', { startAgain: republished, overdue, failed });
  }

  async drain(): Promise<void> {
    // Workers and ingress have drained before; what is left is durable.
  }

  async stop(): Promise<void> {
    await this.engine.close();
  }
}
