import { pathToFileURL } from 'node:url';
import { AppError, isAppError } from '#common/errors';
import type { FunctionRef } from '#common/pipeline';
import type { LogFields, LogLevel } from '#common/ports';
import type { ExecutorContext } from '../executor-context.ts';
import { checkPinnedModule } from '../pinned-file.ts';
import type { ExecuteCall } from '../stage-executor.port.ts';
import { kindOf } from '../typed-tensor.ts';
import type { TypedTensors } from '../typed-tensor.ts';
import { describeThrown } from './thrown.ts';

/** What a function may use while it loads: `context` of `load`. */
export interface LoadContext {
  readonly stage: string;
  readonly pipeline: string;
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** What a function may use while it runs: `context` of `run`. May be destructured. */
export interface RunContext extends LoadContext {
  readonly parameters: ExecuteCall['parameters'];
  readonly requestIds: readonly string[];
  readonly remainingMs: number;
  /** Only for `after`: what the stage was given. */
  readonly inputs?: TypedTensors;
  /** Ends the request with INPUT_REJECTED: the input is at fault, not the stage. `code` becomes the error's `reason`. Never returns. */
  reject(code: string, message: string): never;
}

interface Definition {
  load?(context: LoadContext): unknown;
  run(inputs: TypedTensors, context: RunContext, state: unknown): unknown;
}

/** One export of a user's module: `export const f = { load?, run }`, or a plain function, which is its own `run`. */
export class UserFunction {
  readonly label: string;
  readonly #ref: FunctionRef;
  readonly #stage: string;
  readonly #base: LoadContext;
  #definition: Definition | undefined;
  #state: unknown;

  constructor(ref: FunctionRef, context: ExecutorContext) {
    this.label = `Function "${ref.exportName}" of ${ref.file.path}`;
    this.#ref = ref;
    this.#stage = context.stage.name;
    this.#base = { stage: context.stage.name, pipeline: context.pipeline, log: (...entry) => context.log.write(...entry) };
  }

  /** Imports the module and runs its `load`. Rejects with EXECUTOR_LOAD_FAILED. */
  async load(): Promise<void> {
    await checkPinnedModule(this.#ref.file);
    try {
      this.#definition = this.#definitionIn(await this.#importModule());
      this.#state = await this.#definition.load?.(this.#base);
    } catch (thrown) {
      if (isAppError(thrown)) throw thrown;
      throw new AppError('EXECUTOR_LOAD_FAILED', `${this.label} could not be loaded: ${describeThrown(thrown)}.`, { stage: this.#stage, cause: thrown });
    }
  }

  /** What the function returned, unchecked. Rejects with INPUT_REJECTED or STAGE_FAILED. */
  async run(inputs: TypedTensors, call: ExecuteCall, extra: Pick<RunContext, 'inputs'> = {}): Promise<unknown> {
    if (this.#definition === undefined) throw new AppError('INTERNAL', `${this.label} was called before it was loaded.`);
    const { parameters, requestIds, remainingMs } = call;
    try {
      return await this.#definition.run(inputs, { ...this.#base, parameters, requestIds, remainingMs, reject, ...extra }, this.#state);
    } catch (thrown) {
      if (thrown instanceof Rejection) {
        throw new AppError('INPUT_REJECTED', thrown.message, { stage: this.#stage, reason: thrown.reason });
      }
      throw new AppError('STAGE_FAILED', `${this.label} threw ${describeThrown(thrown)}.`, { stage: this.#stage, cause: thrown });
    }
  }

  async #importModule(): Promise<Readonly<Record<string, unknown>>> {
    const url = pathToFileURL(this.#ref.file.location);
    // A module is cached by its address for the life of a thread: the hash makes changed content a new address.
    url.searchParams.set('sha256', this.#ref.file.sha256);
    return (await import(url.href)) as Readonly<Record<string, unknown>>;
  }

  #definitionIn(module: Readonly<Record<string, unknown>>): Definition {
    const { exportName, file } = this.#ref;
    const found = module[exportName];
    if (typeof found === 'function') return { run: found as Definition['run'] };
    if (isDefinition(found)) return found;
    const exported = Object.keys(module).join(', ') || 'nothing';
    const fault = found === undefined ? `has no export "${exportName}"` : `exports "${exportName}" as ${kindOf(found)} without a \`run\` function`;
    throw new AppError('EXECUTOR_LOAD_FAILED', `${file.path} ${fault}. It exports ${exported}.`, { stage: this.#stage });
  }
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && 'run' in value && typeof value.run === 'function';
}

class Rejection extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

function reject(code: string, message: string): never {
  if (typeof code !== 'string' || code === '') throw new TypeError('context.reject needs a code (a non-empty string) and a message');
  throw new Rejection(code, String(message));
}
