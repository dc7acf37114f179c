import { formatTensorType } from '#common/inference';
import type { TensorSpec } from '#common/inference';
import type { PipelineGraph } from '../graph.ts';
import type { Source } from '../stage-node.ts';
import { inputsOf } from './check.ts';
import type { Check, Fault, StageInput } from './check.ts';

interface Feed extends StageInput {
  /** What the model declares. */
  readonly takes: TensorSpec;
  /** What the maker declares, as it arrives. */
  readonly arrives: TensorSpec;
}

export const tensorDatatypes: Check = (graph) =>
  feeds(graph).flatMap(({ node, name, source, path, takes, arrives }): Fault[] => {
    if (takes.datatype === arrives.datatype) return [];
    const message = `Stage "${node.name}" takes "${name}" as ${formatTensorType(takes)}, but ${makerOf(source)} is ${formatTensorType(arrives)}. ${source.stage === undefined ? `Declare the input as ${takes.datatype}` : `Make ${takes.datatype} in "${source.stage}"`}, or convert it in a function with \`before\`.`;
    return [{ path, mark: 'value', message, expected: takes.datatype }];
  });

export const tensorShapes: Check = (graph) =>
  feeds(graph).flatMap(({ node, name, source, path, takes, arrives }): Fault[] => {
    const difference = shapeDifference(takes.shape, arrives.shape);
    if (difference === undefined) return [];
    const message = `Stage "${node.name}" takes "${name}" as ${formatTensorType(takes)}, but ${makerOf(source)} is ${formatTensorType(arrives)}: ${difference}.`;
    return [{ path, mark: 'value', message, expected: formatTensorType(takes) }];
  });

/** How two descriptions of one tensor contradict each other; -1 on either side fits anything. Undefined = they do not. */
export function shapeDifference(expected: readonly number[], got: readonly number[]): string | undefined {
  if (expected.length !== got.length) return `expected ${count(expected.length)}, got ${String(got.length)}`;
  const axis = expected.findIndex((size, index) => size !== -1 && got[index] !== -1 && size !== got[index]);
  return axis === -1 ? undefined : `expected ${String(expected[axis])} in dimension ${String(axis)}, got ${String(got[axis])}`;
}

function makerOf(source: Source): string {
  return source.stage === undefined ? `the pipeline's input "${source.tensor}"` : `"${source.text}"`;
}

function count(dimensions: number): string {
  return `${String(dimensions)} dimension${dimensions === 1 ? '' : 's'}`;
}

/** Every edge whose reader has a type of its own: the inputs of models without `before`. Others take what they are given. */
function feeds(graph: PipelineGraph): readonly Feed[] {
  return [...graph.stages.values()].flatMap((node) => {
    if (!('onnx' in node.spec) || node.spec.before !== undefined) return [];
    return inputsOf(node).flatMap((input): Feed[] => {
      const takes = node.signature?.inputs.find((tensor) => tensor.name === input.name);
      const arrives = graph.arrivingType(node, input.name, input.source);
      return takes === undefined || arrives === undefined ? [] : [{ ...input, takes, arrives }];
    });
  });
}
