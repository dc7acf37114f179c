import type { FunctionSpec } from '#common/pipeline';
import { checkOutputs } from '../declared-outputs.ts';
import type { ExecutorContext } from '../executor-context.ts';
import type { ExecuteCall, ExecuteOutputs, ExecutorDescription, StageExecutor } from '../stage-executor.port.ts';
import { fromTypedOutputs, toTypedInputs } from '../typed-tensor.ts';
import { UserFunction } from './user-function.ts';

/** A stage that is a function of the user's: typed arrays in, typed arrays out, checked against the stage's declared outputs. */
export class FunctionExecutor implements StageExecutor {
  readonly #context: ExecutorContext;
  readonly #function: UserFunction;
  readonly #isolation: FunctionSpec['isolation'];

  constructor(spec: FunctionSpec, context: ExecutorContext) {
    this.#context = context;
    this.#function = new UserFunction(spec.function, context);
    this.#isolation = spec.isolation;
  }

  load(): Promise<void> {
    return this.#function.load();
  }

  async execute(call: ExecuteCall): Promise<ExecuteOutputs> {
    const returned = await this.#function.run(toTypedInputs(call.inputs), call);
    return fromTypedOutputs(checkOutputs(this.#function.label, this.#context.stage.outputs, returned));
  }

  /** The module goes with its thread or process: functions have no farewell. */
  unload(): Promise<void> {
    return Promise.resolve();
  }

  describe(): ExecutorDescription {
    return { kind: 'function', summary: `${this.#function.label} (${this.#isolation})` };
  }
}
