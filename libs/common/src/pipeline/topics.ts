import type { CompiledPipeline } from './compiled.ts';

/** First word of every topic and group name, unless a deployment sets its own (MILLRACE_PREFIX). */
export const TOPIC_PREFIX = 'millrace';

/** A topic to create. `hop`: may be lost with the engine's process where accepted requests start again by themselves; `kept`: survives. */
export interface PipelineTopic {
  readonly name: string;
  readonly partitions: number;
  readonly retention: 'hop' | 'kept';
}

/** Hops to a stage: `millrace.<pipeline>.<stage>`. Names of pipelines and stages hold no dot, so topics never collide. */
export function topicName(pipeline: string, stage: string, prefix = TOPIC_PREFIX): string {
  return `${prefix}.${pipeline}.${stage}`;
}

/** Parts that wait longer than a second for their next attempt; read by the stage's workers in a group of its own. */
export function retryTopicName(pipeline: string, stage: string, prefix = TOPIC_PREFIX): string {
  return `${topicName(pipeline, stage, prefix)}.retry`;
}

/** Parts that failed for good, with the reason; read by people. */
export function deadLetterTopicName(pipeline: string, stage: string, prefix = TOPIC_PREFIX): string {
  return `${topicName(pipeline, stage, prefix)}.dlq`;
}

/** The consumer group of a stage's workers. */
export function groupName(pipeline: string, stage: string, prefix = TOPIC_PREFIX): string {
  return topicName(pipeline, stage, prefix);
}

/** The group of the same workers on the stage's retry topic: in one group clients would share out both topics among all members, whoever reads which. */
export function retryGroupName(pipeline: string, stage: string, prefix = TOPIC_PREFIX): string {
  return retryTopicName(pipeline, stage, prefix);
}

/** Where requests are submitted by topic, and the group that takes them in. `in` and `out` are no stage names. */
export function intakeTopicName(pipeline: string, prefix = TOPIC_PREFIX): string {
  return topicName(pipeline, 'in', prefix);
}

/** Where the outcomes of requests are published. */
export function outcomeTopicName(pipeline: string, prefix = TOPIC_PREFIX): string {
  return topicName(pipeline, 'out', prefix);
}

/** Every topic the stages of a pipeline need. `partitions` applies to the hops; a dead-letter topic is read by people and has one. */
export function pipelineTopics(pipeline: CompiledPipeline, options: { readonly partitions: number; readonly prefix?: string }): readonly PipelineTopic[] {
  const { partitions, prefix = TOPIC_PREFIX } = options;
  return pipeline.stages.flatMap(({ name }): PipelineTopic[] => [
    { name: topicName(pipeline.name, name, prefix), partitions, retention: 'hop' },
    { name: retryTopicName(pipeline.name, name, prefix), partitions, retention: 'hop' },
    { name: deadLetterTopicName(pipeline.name, name, prefix), partitions: 1, retention: 'kept' },
  ]);
}
