import { AppError } from '#common/errors';
import type { ExecutorSpec } from '#common/pipeline';
import type { ExecutorContext } from './executor-context.ts';
import type { StageExecutor } from './stage-executor.port.ts';

type Kind = ExecutorSpec['kind'];

interface ExecutorEntry<Spec> {
  /** `hosted`: in a thread or process of the pool. `in-place`: light enough for the main thread. */
  readonly runs: 'hosted' | 'in-place';
  /** Imported only where it is used: the main thread never loads ONNX Runtime, a function's host neither. */
  readonly make: (spec: Spec, context: ExecutorContext) => Promise<StageExecutor>;
}

/** Every kind of executor, sorted by name. */
const EXECUTORS: { readonly [K in Kind]: ExecutorEntry<Extract<ExecutorSpec, { kind: K }>> } = {
  ensemble: {
    runs: 'in-place',
    make: async (spec, context) => new (await import('./ensemble/ensemble.executor.ts')).EnsembleExecutor(spec, context),
  },
  function: {
    runs: 'hosted',
    make: async (spec, context) => new (await import('./function/function.executor.ts')).FunctionExecutor(spec, context),
  },
  onnx: {
    runs: 'hosted',
    make: async (spec, context) => new (await import('./onnx/onnx.executor.ts')).OnnxExecutor(spec, context),
  },
};

export const EXECUTOR_KINDS: readonly string[] = Object.keys(EXECUTORS);

/** Where a stage's executor runs. Throws CONFIG_INVALID for a kind nobody knows. */
export function placeOf(context: ExecutorContext): 'hosted' | 'in-place' {
  return entryOf(context).runs;
}

/** One executor, not loaded yet. */
export function makeExecutor(context: ExecutorContext): Promise<StageExecutor> {
  return entryOf(context).make(context.stage.executor, context);
}

function entryOf({ stage }: ExecutorContext): ExecutorEntry<ExecutorSpec> {
  const { kind } = stage.executor;
  if (!Object.hasOwn(EXECUTORS, kind)) {
    throw new AppError('CONFIG_INVALID', `Stage "${stage.name}" needs an executor of kind "${kind}". Known: ${EXECUTOR_KINDS.join(', ')}.`);
  }
  // The table pairs each kind with its own spec; TypeScript cannot follow that through a lookup by a union.
  return EXECUTORS[kind] as ExecutorEntry<ExecutorSpec>;
}
