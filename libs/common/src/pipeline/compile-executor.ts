import type { EnsembleSpec, ExecutorSpec, FunctionRef, OnnxSpec, PipelineFile } from './compiled.ts';
import { parseFunction } from './named-files.ts';
import type { EnsembleStageSpec, OnnxStageSpec } from './spec.ts';
import type { PipelineAssets, StageNode } from './stage-node.ts';

/** The frozen description of what runs a stage. Throws a RangeError where a check should have found a missing file. */
export function compileExecutor(node: StageNode, assets: PipelineAssets): ExecutorSpec {
  const { spec } = node;
  if ('function' in spec) return { kind: 'function', function: functionRef(spec.function, assets), isolation: spec.isolation };
  return 'onnx' in spec ? onnx(spec, node, assets) : ensemble(spec);
}

function onnx(spec: OnnxStageSpec, { name, signature }: StageNode, assets: PipelineAssets): OnnxSpec {
  if (signature === undefined) throw new RangeError(`the model of stage "${name}" was not read: a check let a bad pipeline through`);
  return {
    kind: 'onnx',
    model: file(spec.onnx, assets),
    intraOp: spec['intra-op'],
    ...(spec.before === undefined ? {} : { before: functionRef(spec.before, assets) }),
    ...(spec.after === undefined ? {} : { after: functionRef(spec.after, assets) }),
    modelInputs: signature.inputs,
    modelOutputs: signature.outputs,
    ...(spec.warmup === undefined ? {} : { warmup: spec.warmup }),
  };
}

function ensemble(spec: EnsembleStageSpec): EnsembleSpec {
  const ones = Object.fromEntries(Object.keys(spec.inputs).map((input) => [input, 1]));
  return { kind: 'ensemble', method: spec.ensemble, weights: spec.weights ?? ones };
}

function functionRef(text: string, assets: PipelineAssets): FunctionRef {
  const { file: name, exportName } = parseFunction(text);
  return { file: file(name, assets), exportName };
}

function file(name: string, assets: PipelineAssets): PipelineFile {
  const found = assets.files.get(name);
  if (found === undefined) throw new RangeError(`"${name}" was not read: a check let a bad pipeline through`);
  return found;
}
