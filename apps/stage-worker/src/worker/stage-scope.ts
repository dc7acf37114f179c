import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import { deadLetterTopicName, groupName, retryGroupName, retryTopicName, topicName } from '#common/pipeline';
import { ClaimChecks } from '#common/payloads';
import type { MessageLimits } from '#common/payloads';
import type { Bus, Clock, JoinStore, Log, PayloadStore, Random, Replies } from '#common/ports';

/** The ports a stage's worker stands on. */
export interface WorkerPorts {
  readonly bus: Bus;
  readonly replies: Replies;
  readonly joins: JoinStore;
  readonly payloads: PayloadStore;
  readonly messageLimits: MessageLimits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Everything the pieces of one worker share: which stage they work for, under which names, and the ports. */
export interface StageScope extends Omit<WorkerPorts, 'payloads' | 'messageLimits'> {
  /** What is too big for a message goes in and comes out here. */
  readonly claims: ClaimChecks;
  readonly pipeline: CompiledPipeline;
  readonly stage: CompiledStage;
  readonly workerId: string;
  readonly topic: string;
  readonly retryTopic: string;
  readonly deadLetterTopic: string;
  readonly group: string;
  /** Its group on the retry topic. */
  readonly retryGroup: string;
  /** Topic of every stage, by its number. */
  readonly topics: readonly string[];
  /** Scope of the answer's join in the store. */
  readonly answerScope: string;
  /** The pipeline keeps parts in the join store, so that a request that ended may leave some. */
  readonly hasJoins: boolean;
}

export interface ScopeOptions {
  readonly pipeline: CompiledPipeline;
  readonly stage: CompiledStage;
  readonly workerId: string;
  /** First word of all topics and groups. */
  readonly prefix: string | undefined;
}

export function stageScope({ pipeline, stage, workerId, prefix }: ScopeOptions, ports: WorkerPorts): StageScope {
  const { bus, replies, joins, payloads, messageLimits, clock, random, log } = ports;
  const gathersOrJoins = pipeline.stages.some(({ members, inputs }) => members.length > 1 || inputs.some((input) => input.gathered === true));
  return {
    bus, replies, joins, clock, random, log,
    claims: new ClaimChecks({ payloads, limits: messageLimits }),
    pipeline, stage, workerId,
    topic: topicName(pipeline.name, stage.name, prefix),
    retryTopic: retryTopicName(pipeline.name, stage.name, prefix),
    deadLetterTopic: deadLetterTopicName(pipeline.name, stage.name, prefix),
    group: groupName(pipeline.name, stage.name, prefix),
    retryGroup: retryGroupName(pipeline.name, stage.name, prefix),
    topics: pipeline.stages.map(({ name }) => topicName(pipeline.name, name, prefix)),
    answerScope: topicName(pipeline.name, 'out', prefix),
    hasJoins: gathersOrJoins || pipeline.answer.members.length > 1,
  };
}
