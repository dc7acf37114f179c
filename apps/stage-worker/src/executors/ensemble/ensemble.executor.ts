import { AppError } from '#common/errors';
import { formatTensorType } from '#common/inference';
import type { Tensor } from '#common/inference';
import type { EnsembleSpec } from '#common/pipeline';
import { checkOutputs } from '../declared-outputs.ts';
import type { ExecutorContext } from '../executor-context.ts';
import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from '../stage-executor.port.ts';
import { fromTypedOutputs, toTyped } from '../typed-tensor.ts';
import type { TypedTensor } from '../typed-tensor.ts';
import { combine } from './combine.ts';
import type { Member } from './combine.ts';

/**
 * Combines the members' FP32 or FP64 [n, ..., classes] tensors into `probabilities` (of the declared datatype) and `label` INT64
 * [n, ...]. Small arithmetic: runs in place, on the thread of the caller.
 */
export class EnsembleExecutor implements StageExecutor {
  readonly #spec: EnsembleSpec;
  readonly #context: ExecutorContext;
  readonly #label: string;

  constructor(spec: EnsembleSpec, context: ExecutorContext) {
    this.#spec = spec;
    this.#context = context;
    this.#label = `Ensemble "${context.stage.name}"`;
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  /** Rejects with STAGE_FAILED, not to be retried, when the members do not fit each other. */
  execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    // A promise even for what is thrown here: callers handle one kind of failure.
    return Promise.resolve(call).then(({ inputs }) => this.#combine(inputs));
  }

  unload(): Promise<void> {
    return Promise.resolve();
  }

  describe(): ExecutorDescription {
    return { kind: 'ensemble', summary: `ensemble ${this.#spec.method} of ${this.#context.stage.inputs.length}` };
  }

  #combine(inputs: ExecuteCall['inputs']): ExecuteOutputs {
    const given = this.#context.stage.inputs.map(({ name }) => ({ name, tensor: this.#input(inputs, name) }));
    const shape = this.#commonShape(given);
    const members = given.map(({ name, tensor }): Member => ({ name, data: this.#numbers(name, tensor), weight: this.#weight(name) }));
    const { probabilities, label } = combine(this.#spec.method, members, shape.at(-1) ?? 1);
    const available: Record<string, TypedTensor> = {
      label: { datatype: 'INT64', shape: shape.slice(0, -1), data: label },
      probabilities: this.#asDeclared(shape, probabilities),
    };
    const { outputs } = this.#context.stage;
    const wanted = Object.fromEntries(outputs.map(({ name }) => [name, available[name]]));
    return fromTypedOutputs(checkOutputs(this.#label, outputs, wanted));
  }

  #weight(name: string): number {
    return this.#spec.method === 'weighted-mean' ? (this.#spec.weights[name] ?? 1) : 1;
  }

  #input(inputs: ExecuteCall['inputs'], name: string): Tensor {
    const tensor = inputs[name];
    if (tensor === undefined) throw this.#failed(`was given no "${name}"`);
    return tensor;
  }

  #commonShape(given: readonly { readonly name: string; readonly tensor: Tensor }[]): readonly number[] {
    const [first] = given;
    if (first === undefined) throw this.#failed('has no members');
    const { shape } = first.tensor;
    if (shape.length === 0 || shape.at(-1) === 0) throw this.#failed(`needs classes on the last axis, but "${first.name}" is ${formatTensorType(first.tensor)}`);
    const other = given.find(({ tensor }) => tensor.shape.join() !== shape.join());
    if (other !== undefined) {
      throw this.#failed(`needs members of one shape, but "${first.name}" is ${formatTensorType(first.tensor)} and "${other.name}" is ${formatTensorType(other.tensor)}`);
    }
    return shape;
  }

  #numbers(name: string, tensor: Tensor): Float32Array | Float64Array {
    const { data } = toTyped(tensor);
    if (data instanceof Float32Array || data instanceof Float64Array) return data;
    throw this.#failed(`combines FP32 or FP64, but "${name}" is ${formatTensorType(tensor)}`);
  }

  #asDeclared(shape: readonly number[], values: Float64Array): TypedTensor {
    const declared = this.#context.stage.outputs.find(({ name }) => name === 'probabilities');
    return declared?.datatype === 'FP64' ? { datatype: 'FP64', shape, data: values } : { datatype: 'FP32', shape, data: Float32Array.from(values) };
  }

  #failed(fault: string): AppError {
    return new AppError('STAGE_FAILED', `${this.#label} ${fault}.`, { stage: this.#context.stage.name, retryable: false });
  }
}
