import type { CompiledPipeline } from '#common/pipeline';
import { pipelineTopics } from '#common/pipeline';
import type { Unit } from './bootstrap.ts';
import type { Restored } from './engine.ts';
import type { OpenProcess } from './open-process.ts';

/** One process needs one partition per topic: its executors share the group's only member. */
const EMBEDDED_PARTITIONS = 1;

/** The open engine as a part of a process: makes the topics, then starts again what the last process left unfinished; `onRestored` is told of each. */
export function engineUnit({ engine, config, log }: OpenProcess, pipelines: readonly CompiledPipeline[], onRestored?: (request: Restored) => void): Unit {
  const partitions = config.engine === 'embedded' ? EMBEDDED_PARTITIONS : config.kafkaPartitions;
  return {
    name: 'engine',
    start: async () => {
      await engine.bus.ensureTopics(pipelines.flatMap((pipeline) => pipelineTopics(pipeline, { partitions, prefix: config.prefix })));
      const { republished, overdue, failed } = await engine.recover(onRestored);
      if (republished + overdue + failed > 0) log.write('info', 'requests that the last process left unfinished', { startAgain: republished, overdue, failed });
    },
    // Workers and ingress have drained before it; what is left is durable.
    drain: async () => undefined,
    stop: () => engine.close(),
  };
}
