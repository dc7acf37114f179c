export { SOURCE } from './compiled.ts';
export type {
  AnswerNode, BatchSpec, CompiledOutput, CompiledPipeline, CompiledStage, Edge, EmptyHop, EnsembleSpec, ExecutorSpec, FunctionRef, FunctionSpec,
  InputBinding, JoinSpec, OnnxSpec, PipelineFile, RetrySpec, StageOutput, TensorRef,
} from './compiled.ts';
export { checkPipeline } from './checks.ts';
export { compilePipeline } from './compile.ts';
export { PipelineGraph } from './graph.ts';
export type { BrokenParts } from './graph.ts';
export { bindAnswer, bindInputs, expectedParts, joinNode, memberOf } from './join-parts.ts';
export { namedFiles } from './named-files.ts';
export type { NamedFile } from './named-files.ts';
export { parseSpec } from './parse-spec.ts';
export type { ParsedSpec } from './parse-spec.ts';
export { formatProblem, excerptOf } from './problem.ts';
export type { Finding, Problem, SpecPath } from './problem.ts';
export { isAnswer, route, routeEntry } from './route.ts';
export type { FinishedStage, NextMessage, StageOutputs } from './route.ts';
export { PIPELINE_RULES } from './rules.ts';
export type { PipelineRule } from './rules.ts';
export { pipelineSpec } from './spec.ts';
export type { PipelineSpec } from './spec.ts';
export type { ModelSignature, PipelineAssets } from './stage-node.ts';
export {
  deadLetterTopicName, groupName, intakeTopicName, outcomeTopicName, pipelineTopics, retryGroupName, retryTopicName, topicName, TOPIC_PREFIX,
} from './topics.ts';
export type { PipelineTopic } from './topics.ts';
