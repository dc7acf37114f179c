import type { NamedTensors, Parameters, Tensor } from '#common/inference';

/** One execution: the stage's inputs by the executor's names. When requests are batched the tensors are stacked on dim 0. */
export interface ExecuteCall {
  readonly inputs: NamedTensors;
  /** Of the only request in the call; empty when several are batched. */
  readonly parameters: Parameters;
  readonly requestIds: readonly string[];
  /** Milliseconds left until the nearest deadline of the batch when the call was made. */
  readonly remainingMs: number;
}

/** By output name. An output declared as a list is an array of tensors. */
export type ExecuteOutputs = Readonly<Record<string, Tensor | readonly Tensor[]>>;

export interface ExecutorDescription {
  readonly kind: string;
  /** One line for people: `onnx digits-net.onnx (cpu, 1 thread)`. */
  readonly summary: string;
}

/**
 * One loaded copy of a stage's model or function (or a pool of them, which is one too). Lifecycle: load once, execute many, unload once.
 * `execute` may be called again before an earlier call ends only on a pool; a single executor is called one at a time.
 */
export interface StageExecutor {
  /** Resolves when warm. Rejects with EXECUTOR_LOAD_FAILED. */
  load(): Promise<void>;
  /** Rejects with INPUT_REJECTED (the user's fault), STAGE_FAILED, BAD_OUTPUT, EXECUTOR_TIMEOUT, EXECUTOR_CRASHED. An abort stops the work where it can. */
  execute(call: ExecuteCall, signal: AbortSignal): Promise<ExecuteOutputs>;
  unload(): Promise<void>;
  describe(): ExecutorDescription;
}
