import { nearestName } from '#common/errors';
import { formatTensorType, shapeMatches } from '#common/inference';
import type { TensorSpec } from '#common/inference';
import type { PipelineGraph } from '../graph.ts';
import type { OnnxStageSpec } from '../spec.ts';
import type { StageNode } from '../stage-node.ts';
import { inputsOf, listed, suggest } from './check.ts';
import type { Check, Fault } from './check.ts';

interface ModelStage {
  readonly node: StageNode;
  readonly spec: OnnxStageSpec;
  /** The model's inputs; absent when its file could not be read. */
  readonly takes: readonly TensorSpec[] | undefined;
}

export const missingOutputs: Check = (graph) =>
  modelStages(graph).flatMap(({ node, spec }): Fault[] => {
    if (spec.after === undefined || spec.outputs !== undefined) return [];
    const message = `Stage "${node.name}" has \`after\` but no \`outputs\`. Only \`after\` knows what it makes: declare the datatype and shape of each tensor.`;
    return [{ path: ['stages', node.name, 'after'], mark: 'key', message, expected: 'outputs: { <name>: { datatype: FP32, shape: [-1] } }' }];
  });

export const outputsFromModel: Check = (graph) =>
  modelStages(graph).flatMap(({ node, spec }): Fault[] => {
    if (spec.after !== undefined || spec.outputs === undefined) return [];
    const makes = node.signature === undefined ? '' : ` (${node.signature.outputs.map((output) => `${output.name} ${formatTensorType(output)}`).join(', ')})`;
    const message = `Stage "${node.name}" declares \`outputs\`, but they come from the model itself${makes}. Remove \`outputs\`, or make them in a function with \`after\`.`;
    return [{ path: ['stages', node.name, 'outputs'], mark: 'key', message }];
  });

export const missingModelInputs: Check = (graph) =>
  plainModelStages(graph).flatMap(({ node, takes = [] }) =>
    takes
      .filter((input) => !node.inputs.has(input.name) && !isMisspelt(input.name, node, takes))
      .map((input): Fault => {
        const type = formatTensorType(input);
        const message = `Stage "${node.name}" does not feed "${input.name}", which its model takes as ${type}. Add \`${input.name}: <stage.tensor>\` to its inputs, or make it in a function with \`before\`.`;
        return { path: ['stages', node.name, 'inputs'], mark: 'key', message, expected: `${input.name}: ${type}` };
      }),
  );

export const unknownModelInputs: Check = (graph) =>
  plainModelStages(graph).flatMap(({ node, takes = [] }) =>
    inputsOf(node).flatMap(({ name, path }): Fault[] => {
      const names = takes.map((input) => input.name);
      if (names.includes(name)) return [];
      const message = `Stage "${node.name}" feeds "${name}", but its model has no such input. It takes ${listed(takes.map((input) => `"${input.name}" ${formatTensorType(input)}`))}.`;
      const free = names.filter((known) => !node.inputs.has(known));
      const only = free.length === 1 && names.length === node.inputs.size ? free[0] : undefined;
      return [{ path, mark: 'key', message, expected: `one of ${names.join(', ')}`, ...suggest(nearestName(name, free) ?? only) }];
    }),
  );

export const warmups: Check = (graph) =>
  modelStages(graph).flatMap(({ node, spec: { warmup }, takes }): readonly Fault[] => {
    if (warmup === undefined || takes === undefined) return [];
    const names = takes.map((input) => input.name);
    const wrong = Object.entries(warmup).flatMap(([name, shape]): Fault[] => {
      const path = ['stages', node.name, 'warmup', name];
      const input = takes.find((known) => known.name === name);
      if (input === undefined) {
        const message = `Stage "${node.name}" warms up "${name}", but its model has no such input. It takes ${listed(names)}.`;
        return [{ path, mark: 'key', message, expected: `one of ${names.join(', ')}`, ...suggest(nearestName(name, names)) }];
      }
      if (shapeMatches(input.shape, shape)) return [];
      const message = `Stage "${node.name}" warms up "${name}" with [${shape.join(', ')}], but its model takes ${formatTensorType(input)}. Use a shape like that, every -1 replaced by a number.`;
      return [{ path, mark: 'value', message, expected: formatTensorType(input) }];
    });
    const missing = names.filter((name) => !Object.hasOwn(warmup, name) && nearestName(name, Object.keys(warmup)) === undefined);
    const incomplete = missing.map((name): Fault => ({
      path: ['stages', node.name, 'warmup'],
      mark: 'key',
      message: `Stage "${node.name}" has a \`warmup\` without "${name}", so its model cannot be run. Give a shape for each of ${listed(names)}.`,
    }));
    return [...wrong, ...incomplete];
  });

/** The one unknown input of a stage that misses one input is taken as that input, so that a slip is told once. */
function isMisspelt(name: string, node: StageNode, takes: readonly TensorSpec[]): boolean {
  const unknown = [...node.inputs.keys()].filter((input) => !takes.some((known) => known.name === input));
  return nearestName(name, unknown) !== undefined || (unknown.length === 1 && takes.length === node.inputs.size);
}

function modelStages(graph: PipelineGraph): readonly ModelStage[] {
  return [...graph.stages.values()].flatMap((node) => ('onnx' in node.spec ? [{ node, spec: node.spec, takes: node.signature?.inputs }] : []));
}

/** Stages that feed their model directly; `before` makes the model's inputs out of whatever it is given. */
function plainModelStages(graph: PipelineGraph): readonly ModelStage[] {
  return modelStages(graph).filter(({ spec, takes }) => spec.before === undefined && takes !== undefined);
}
