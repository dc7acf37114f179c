import { InferenceSession } from 'onnxruntime-node';
import { AppError, toAppError } from '#common/errors';
import type { OnnxSpec } from '#common/pipeline';
import { checkOutputs } from '../declared-outputs.ts';
import type { ExecutorContext } from '../executor-context.ts';
import { UserFunction } from '../function/user-function.ts';
import { readPinned } from '../pinned-file.ts';
import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from '../stage-executor.port.ts';
import { fromTypedOutputs, toTypedInputs, zeros } from '../typed-tensor.ts';
import type { TypedTensor, TypedTensors } from '../typed-tensor.ts';
import { fromOrt, isOrtDatatype, toFeeds } from './ort-tensors.ts';
import { sessionOptions } from './session-options.ts';

/**
 * A stage that is an ONNX model on the CPU, with the user's `before` and `after` around it in the same thread. `run` of ONNX Runtime
 * blocks the thread it is called on, so this lives in a host of the pool, never on the main event loop.
 */
export class OnnxExecutor implements StageExecutor {
  readonly #spec: OnnxSpec;
  readonly #context: ExecutorContext;
  readonly #label: string;
  readonly #before: UserFunction | undefined;
  readonly #after: UserFunction | undefined;
  #session: InferenceSession | undefined;

  constructor(spec: OnnxSpec, context: ExecutorContext) {
    this.#spec = spec;
    this.#context = context;
    this.#label = `Model ${spec.model.path}`;
    this.#before = spec.before && new UserFunction(spec.before, context);
    this.#after = spec.after && new UserFunction(spec.after, context);
  }

  async load(): Promise<void> {
    await Promise.all([this.#before?.load(), this.#after?.load()]);
    this.#checkDatatypes();
    const bytes = await readPinned(this.#spec.model);
    try {
      this.#session = await InferenceSession.create(bytes, sessionOptions(this.#spec));
    } catch (cause) {
      throw this.#loadFailed('is not a model that ONNX Runtime can load', cause);
    }
    await this.#warmUp();
  }

  async execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    const inputs = toTypedInputs(call.inputs);
    const modelInputs = this.#before === undefined ? this.#ownInputs(inputs) : await this.#prepare(this.#before, inputs, call);
    const { outputs: declared } = this.#context.stage;
    if (this.#after === undefined) {
      const returned = await this.#run(modelInputs, declared.map(({ name }) => name));
      return fromTypedOutputs(checkOutputs(this.#label, declared, returned));
    }
    const modelOutputs = await this.#run(modelInputs, this.#spec.modelOutputs.map(({ name }) => name));
    const returned = await this.#after.run(modelOutputs, call, { inputs });
    return fromTypedOutputs(checkOutputs(this.#after.label, declared, returned));
  }

  async unload(): Promise<void> {
    await this.#session?.release();
    this.#session = undefined;
  }

  describe(): ExecutorDescription {
    const file = this.#spec.model.path.split('/').at(-1) ?? this.#spec.model.path;
    const threads = this.#spec.intraOp === 1 ? '1 thread' : `${this.#spec.intraOp} threads`;
    return { kind: 'onnx', summary: `onnx ${file} (cpu, ${threads})` };
  }

  /** What the model itself takes: a stage may be given more, for its `after`. */
  #ownInputs(inputs: TypedTensors): TypedTensors {
    const own: Record<string, TypedTensor> = {};
    for (const { name } of this.#spec.modelInputs) {
      const given = inputs[name];
      if (given !== undefined) own[name] = given;
    }
    return own;
  }

  async #prepare(before: UserFunction, inputs: TypedTensors, call: ExecuteCall): Promise<TypedTensors> {
    const returned = await before.run(inputs, call);
    // The model's inputs have no lists, so every entry is one tensor.
    return checkOutputs(before.label, this.#spec.modelInputs, returned) as TypedTensors;
  }

  async #run(inputs: TypedTensors, wanted: readonly string[]): Promise<TypedTensors> {
    if (this.#session === undefined) throw new AppError('INTERNAL', `${this.#label} was called before it was loaded.`);
    const feeds = toFeeds(inputs);
    try {
      const results = await this.#session.run(feeds, wanted);
      const outputs: Record<string, TypedTensor> = {};
      for (const [name, value] of Object.entries(results)) outputs[name] = fromOrt(value);
      return outputs;
    } catch (thrown) {
      throw toAppError(thrown, 'STAGE_FAILED', { stage: this.#context.stage.name });
    }
  }

  /** One run on zeros: the first one allocates and is many times slower, and no request should be the one to pay for it. */
  async #warmUp(): Promise<void> {
    const { modelInputs, modelOutputs, warmup } = this.#spec;
    const inputs: Record<string, TypedTensor> = {};
    for (const { name, datatype, shape } of modelInputs) inputs[name] = zeros(datatype, warmup?.[name] ?? shape);
    try {
      await this.#run(inputs, modelOutputs.map(({ name }) => name));
    } catch (cause) {
      // Sizes of 1 where the model says "any" are a guess that some models refuse; shapes the author gave are not.
      if (warmup !== undefined) throw this.#loadFailed('failed on the zeros of its `warmup` shapes', cause);
      this.#context.log.write('debug', 'model not warmed up: it refuses sizes of 1; give `warmup` shapes', { model: this.#spec.model.path });
    }
  }

  #checkDatatypes(): void {
    const { modelInputs, modelOutputs } = this.#spec;
    const unusable = [...modelInputs, ...modelOutputs].find(({ datatype }) => !isOrtDatatype(datatype));
    if (unusable !== undefined) throw this.#loadFailed(`has the tensor "${unusable.name}" of ${unusable.datatype}, which ONNX Runtime cannot pass to Node`);
  }

  #loadFailed(fault: string, cause?: unknown): AppError {
    const reason = cause === undefined ? '' : `: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new AppError('EXECUTOR_LOAD_FAILED', `${this.#label} ${fault}${reason}.`, { stage: this.#context.stage.name, cause });
  }
}
