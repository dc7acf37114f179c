import { formatTensorType } from '#common/inference';
import type { StageOutput } from '../compiled.ts';
import type { PipelineGraph } from '../graph.ts';
import type { StageNode } from '../stage-node.ts';
import { inputsOf, listed } from './check.ts';
import type { Check, Fault } from './check.ts';

/** Requests are stacked along dimension 0: it must be open (-1) in what the stage makes and in what its model takes. */
export const stackableBatches: Check = (graph) =>
  [...graph.stages.values()].flatMap((node): readonly Fault[] => {
    const { max } = node.spec.batch;
    if (max === 1) return [];
    const fixed = [...fixedInputs(graph, node), ...fixedOutputs(graph, node)];
    if (fixed.length === 0) return [];
    const message = `Stage "${node.name}" executes up to ${String(max)} rows together, but ${listed(fixed)}. Open the first dimension, or remove \`batch\`.`;
    return [{ path: ['stages', node.name, 'batch', 'max'], mark: 'value', message, expected: 'max: 1' }];
  });

function fixedInputs(graph: PipelineGraph, node: StageNode): readonly string[] {
  if ('onnx' in node.spec && node.spec.before === undefined) {
    return (node.signature?.inputs ?? []).filter(({ shape }) => shape[0] !== -1).map((input) => `its model takes "${input.name}" as ${formatTensorType(input)}, not as [-1, ...]`);
  }
  return inputsOf(node).flatMap(({ name, source }) => {
    const type = graph.arrivingType(node, name, source);
    // A request that brings one row can be stacked as well as one that brings any number.
    if (type === undefined || type.shape[0] === -1 || type.shape[0] === 1) return [];
    return [`its input "${name}" is ${formatTensorType(type)}, not [-1, ...] or [1, ...]`];
  });
}

function fixedOutputs(graph: PipelineGraph, node: StageNode): readonly string[] {
  return (graph.outputsOf(node.name) ?? []).flatMap((output) => (isOpen(output) ? [] : [`its output "${output.name}" is ${output.list === true ? 'a list' : `${formatTensorType(output)}, not [-1, ...]`}`]));
}

function isOpen(output: StageOutput): boolean {
  return output.list !== true && output.shape[0] === -1;
}
