import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromTypedArray, toTypedArray } from '#common/inference';
import type { Tensor, TensorSpec } from '#common/inference';
import type { CompiledPipeline, CompiledStage, EnsembleSpec, ExecutorSpec, FunctionRef, FunctionSpec, OnnxSpec, PipelineFile, StageOutput } from '#common/pipeline';
import type { Log, LogFields, LogLevel } from '#common/ports';
import type { ExecuteCall, ExecuteOutputs } from '../../apps/stage-worker/src/executors/index.ts';

/** Compiled stages made by hand around the tiny models and functions in test/fixtures, for tests of executors without a pipeline file. */

export const FUNCTIONS = 'functions/stages.mjs';

/** A file under test/fixtures with the hash it really has. */
export function fixture(path: string): PipelineFile {
  const location = fileURLToPath(new URL(`../fixtures/${path}`, import.meta.url));
  return { path: `./${path}`, location, sha256: createHash('sha256').update(readFileSync(location)).digest('hex') };
}

export function functionRef(exportName: string): FunctionRef {
  return { file: fixture(FUNCTIONS), exportName };
}

export interface StageShape {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly StageOutput[];
  readonly executors?: number;
  readonly timeoutMs?: number;
}

export function stageOf(executor: ExecutorSpec, shape: StageShape): CompiledStage {
  return {
    index: 0,
    name: 'tested',
    executor,
    inputs: shape.inputs.map((spec) => ({ name: spec.name, from: { stage: -1, tensor: spec.name }, spec })),
    outputs: shape.outputs,
    members: [-1],
    join: { mode: 'all' },
    next: [],
    batch: { max: 8, withinMs: 0 },
    timeoutMs: shape.timeoutMs ?? 10_000,
    retry: { attempts: 1, backoffMs: 1 },
    executors: shape.executors ?? 1,
  };
}

export const X: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, 3] };
export const Y: StageOutput = { name: 'y', datatype: 'FP32', shape: [-1, 3] };

export function functionStage(exportName: string, shape: Partial<StageShape> & { readonly isolation?: FunctionSpec['isolation'] } = {}): CompiledStage {
  const executor: FunctionSpec = { kind: 'function', function: functionRef(exportName), isolation: shape.isolation ?? 'thread' };
  return stageOf(executor, { inputs: [X], outputs: [Y], ...shape });
}

export type OnnxStageOptions = StageShape & Partial<Pick<OnnxSpec, 'after' | 'before' | 'modelInputs' | 'modelOutputs' | 'warmup'>>;

export function onnxStage(model: string, options: OnnxStageOptions): CompiledStage {
  const { after, before, inputs, modelInputs, modelOutputs, outputs, warmup } = options;
  const executor: OnnxSpec = {
    kind: 'onnx',
    model: fixture(`models/${model}.onnx`),
    intraOp: 1,
    modelInputs: modelInputs ?? inputs,
    modelOutputs: modelOutputs ?? outputs,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(warmup === undefined ? {} : { warmup }),
  };
  return stageOf(executor, options);
}

export function ensembleStage(method: EnsembleSpec['method'], weights: Readonly<Record<string, number>>, shape: StageShape): CompiledStage {
  return stageOf({ kind: 'ensemble', method, weights }, shape);
}

/** The pipeline a stage needs around it to be executed. */
export function pipelineOf(stage: CompiledStage): CompiledPipeline {
  return {
    name: 'under-test',
    version: '0123456789abcdef',
    deadline: { syncMs: 10_000, asyncMs: 60_000 },
    inputs: [],
    outputs: [],
    stages: [stage],
    entry: [],
    answer: { members: [0] },
    files: [],
  };
}

export function callOf(inputs: ExecuteCall['inputs'], rest: Partial<ExecuteCall> = {}): ExecuteCall {
  return { inputs, parameters: {}, requestIds: ['request-1'], remainingMs: 5_000, ...rest };
}

export function fp32(shape: readonly number[], values: readonly number[]): Tensor {
  return fromTypedArray('FP32', shape, Float32Array.from(values));
}

/** The numbers of one output that is a single tensor. */
export function numbersOf(outputs: ExecuteOutputs, name: string): (number | bigint)[] {
  return Array.from(toTypedArray(tensorOf(outputs, name)) as ArrayLike<number | bigint> & Iterable<number | bigint>);
}

export function tensorOf(outputs: ExecuteOutputs, name: string): Tensor {
  const output = outputs[name];
  if (output === undefined || !('bytes' in output)) throw new Error(`expected one tensor "${name}", got ${JSON.stringify(output)}`);
  return output;
}

/** Keeps what was logged, for tests to look at. */
export class KeptLog implements Log {
  readonly entries: { readonly level: LogLevel; readonly message: string; readonly fields: LogFields | undefined }[] = [];

  write(level: LogLevel, message: string, fields?: LogFields): void {
    this.entries.push({ level, message, fields });
  }
}
