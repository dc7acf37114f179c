import type { TensorSpec } from '../inference/index.ts';

/**
 * Terms. request: one call of a pipeline. pipeline: a versioned DAG from one YAML file and the files it names. stage: a node. hop: one
 * stage-to-stage message. part: one named tensor set travelling to a stage; a stage with several inputs joins parts. batch: requests
 * executed together. executor: one loaded copy of a stage's model or function. worker: a member of a stage's consumer group, holding
 * executors. run: the request-level epoch that joins match on. attempt: one delivery of a part. outcome: the single terminal record.
 *
 * A compiled pipeline is frozen. Stages are numbered in topological order, so every hop goes to a higher number; the pipeline's inputs
 * have the number -1 (SOURCE) and the answer is the virtual stage `stages.length`.
 */
export interface CompiledPipeline {
  readonly name: string;
  /** First 16 hex digits of the SHA-256 over the YAML file and every file it names. */
  readonly version: string;
  /** The author's own name for this version, such as `v3`. */
  readonly label?: string;
  readonly description?: string;
  readonly slo?: { readonly p99Ms?: number; readonly accuracy?: number };
  readonly deadline: { readonly syncMs: number; readonly asyncMs: number };
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly CompiledOutput[];
  readonly stages: readonly CompiledStage[];
  /** Hops from the pipeline's inputs (from = SOURCE): where an accepted request starts. */
  readonly entry: readonly Edge[];
  /** How the answer is put together. Several members = an implicit join completed in the store by whoever adds the last part. */
  readonly answer: AnswerNode;
  /** Every file the pipeline was made of, with its content hash: what a worker loads. */
  readonly files: readonly PipelineFile[];
}

/** The pipeline's own inputs as the producer of a tensor. */
export const SOURCE = -1;

/** Where a tensor comes from: `stage` is a stage number or SOURCE. */
export interface TensorRef {
  readonly stage: number;
  readonly tensor: string;
}

/** The declared output of the pipeline: its type and where it comes from. */
export interface CompiledOutput extends TensorSpec {
  readonly from: TensorRef;
}

/**
 * A hop that exists at run time: from a finished stage (or SOURCE) to a stage or to the answer (`to` = stages.length).
 *
 * Scatter. A stage with `each` runs once per part of one tensor; what reads from it runs once per part too, until a stage gathers.
 * Inside, the scattered tensor's name means this message's part. Everything else a scatter needs from outside was made before it opened
 * (checked), so one message per part carries it in, and the parts of a gather alone know how many they are.
 */
export interface Edge {
  readonly from: number;
  readonly to: number;
  /** All tensors the message carries: the stage's own outputs and earlier ones that are read again further down this way. */
  readonly cargo: readonly TensorRef[];
  /** Only on edges into, inside and out of a scatter: tensors from outside that nobody inside reads and the gather or a later stage does.
   *  The part of index 0 carries them for all, so that a request with k parts does not carry them k times. */
  readonly cargoOfFirst?: readonly TensorRef[];
  /** The edge opens a scatter: one message per element of this tensor, which is among the cargo as that one element. */
  readonly scatter?: TensorRef;
  /** On the first edge that opens a scatter: where the one empty message goes to, per gathering stage, when there are no parts at all. */
  readonly ifEmpty?: readonly EmptyHop[];
  /** The edge leaves a scatter: one message per part, gathered in order by the receiver. */
  readonly gather?: true;
  /** The edge leads past a scatter over this tensor to its gather, with the whole tensor. Its message states the number of parts; none is
   *  sent when there are none (the empty message then carries the cargo). */
  readonly beside?: TensorRef;
}

/** Stands for all parts of a scatter that has none; `cargo` is what the gather still gets from before the scatter. */
export interface EmptyHop {
  readonly to: number;
  readonly cargo: readonly TensorRef[];
}

export interface AnswerNode {
  /** Stage numbers whose parts make the answer; one = that stage replies by itself. */
  readonly members: readonly number[];
}

export interface InputBinding {
  /** Name the executor knows the tensor by. */
  readonly name: string;
  readonly from: TensorRef;
  /** Type the executor expects where it declares one (onnx), else the producer's. */
  readonly spec: TensorSpec;
  /** The tensor is the concatenation along dim 0 of every part of the scatter. */
  readonly gathered?: true;
}

export interface StageOutput extends TensorSpec {
  /** The stage returns an array of tensors of this type; only `each` reads it. */
  readonly list?: true;
}

export interface CompiledStage {
  readonly index: number;
  readonly name: string;
  readonly executor: ExecutorSpec;
  readonly inputs: readonly InputBinding[];
  readonly outputs: readonly StageOutput[];
  /** Stages (or SOURCE) whose parts this stage waits for, ascending. `expectedParts` says how many messages that makes. */
  readonly members: readonly number[];
  readonly join: JoinSpec;
  /** Hops taken when the stage is done. */
  readonly next: readonly Edge[];
  /** Set on the stages that run once per part of a scatter: the tensor whose parts they are. */
  readonly scattered?: TensorRef;
  readonly batch: BatchSpec;
  /** Wall-clock limit of one execution, milliseconds; past it the executor is stopped and replaced. */
  readonly timeoutMs: number;
  readonly retry: RetrySpec;
  /** Executors per worker. */
  readonly executors: number;
}

/** All members are waited for until the deadline. (Quorums come as further variants.) */
export interface JoinSpec {
  readonly mode: 'all';
}

export interface BatchSpec {
  /** Most rows (size of dim 0) executed together; 1 = requests are executed one by one. */
  readonly max: number;
  /** How long the first request of a batch may wait for others, milliseconds; 0 = take what is there. */
  readonly withinMs: number;
}

export interface RetrySpec {
  /** Executions in all, the first included. */
  readonly attempts: number;
  /** First wait, milliseconds; doubles each time, with full jitter. */
  readonly backoffMs: number;
}

/** Named content the pipeline was made of. `path` is how the YAML names it; bytes are found by `sha256`. */
export interface PipelineFile {
  readonly path: string;
  /** Where it lies on this machine; functions are imported from here. */
  readonly location: string;
  readonly sha256: string;
  /** Files a module imports by relative path, directly or not: they are as much a part of the version as the module. */
  readonly imports?: readonly PipelineFile[];
}

/** A function in a user's module: `./functions/ocr.mjs#decode`. */
export interface FunctionRef {
  readonly file: PipelineFile;
  readonly exportName: string;
}

export type ExecutorSpec = OnnxSpec | FunctionSpec | EnsembleSpec;

export interface OnnxSpec {
  readonly kind: 'onnx';
  readonly model: PipelineFile;
  /** Threads ONNX Runtime uses inside one operator. */
  readonly intraOp: number;
  /** Runs in the executor's thread before / after the model. */
  readonly before?: FunctionRef;
  readonly after?: FunctionRef;
  /** The model's own inputs and outputs, as its file declares them. */
  readonly modelInputs: readonly TensorSpec[];
  readonly modelOutputs: readonly TensorSpec[];
  /** Shapes of zero tensors run once before the executor is ready. */
  readonly warmup?: Readonly<Record<string, readonly number[]>>;
}

export interface FunctionSpec {
  readonly kind: 'function';
  readonly function: FunctionRef;
  readonly isolation: 'thread' | 'process';
}

export interface EnsembleSpec {
  readonly kind: 'ensemble';
  readonly method: 'mean' | 'weighted-mean' | 'vote' | 'max';
  /** By input name; all 1 unless the method is weighted. */
  readonly weights: Readonly<Record<string, number>>;
}
