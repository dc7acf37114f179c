export { SOURCE } from './compiled.ts';
export type {
  AnswerNode, BatchSpec, CompiledOutput, CompiledPipeline, CompiledStage, Edge, EnsembleSpec, ExecutorSpec, FunctionRef, FunctionSpec,
  InputBinding, JoinSpec, OnnxSpec, PipelineFile, RetrySpec, StageOutput, TensorRef,
} from './compiled.ts';
