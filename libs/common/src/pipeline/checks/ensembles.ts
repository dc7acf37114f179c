import { nearestName } from '#common/errors';
import { formatTensorType } from '#common/inference';
import type { PipelineGraph } from '../graph.ts';
import type { EnsembleStageSpec } from '../spec.ts';
import type { StageNode } from '../stage-node.ts';
import { inputsOf, listed, suggest } from './check.ts';
import type { Check, Fault } from './check.ts';
import { shapeDifference } from './tensors.ts';

export const ensembleMembers: Check = (graph) =>
  ensembles(graph).flatMap(({ node }) => {
    const members = inputsOf(node).flatMap((input) => {
      const type = graph.arrivingType(node, input.name, input.source);
      return type === undefined ? [] : [{ ...input, type }];
    });
    const [first] = members;
    return members.flatMap(({ source, path, type }): Fault[] => {
      const is = `Stage "${node.name}" combines "${source.text}", which is ${formatTensorType(type)}`;
      if (type.datatype !== 'FP32' && type.datatype !== 'FP64') {
        return [{ path, mark: 'value', message: `${is}. An ensemble combines class probabilities: FP32 or FP64.`, expected: 'FP32 or FP64' }];
      }
      if (type.shape.length === 0) return [{ path, mark: 'value', message: `${is}: a scalar has no classes to choose from.`, expected: 'a last dimension of classes' }];
      if (first === undefined || (first.type.datatype !== 'FP32' && first.type.datatype !== 'FP64')) return [];
      const difference = first.type.datatype === type.datatype ? shapeDifference(first.type.shape, type.shape) : `expected ${first.type.datatype}, got ${type.datatype}`;
      if (difference === undefined) return [];
      const message = `${is}, but its other member "${first.source.text}" is ${formatTensorType(first.type)}: ${difference}. Members need one type.`;
      return [{ path, mark: 'value', message, expected: formatTensorType(first.type) }];
    });
  });

export const weightsMethod: Check = (graph) =>
  ensembles(graph).flatMap(({ node, spec }): Fault[] => {
    if (spec.ensemble === 'weighted-mean' && spec.weights === undefined) {
      const expected = `weights: { ${Object.keys(spec.inputs).map((input) => `${input}: 1`).join(', ')} }`;
      const message = `Stage "${node.name}" is a weighted-mean without \`weights\`. Add \`${expected}\`, or use \`mean\`.`;
      return [{ path: ['stages', node.name, 'ensemble'], mark: 'value', message, expected }];
    }
    if (spec.ensemble === 'weighted-mean' || spec.weights === undefined) return [];
    const message = `Stage "${node.name}" has \`weights\`, but "${spec.ensemble}" counts every member alike. Remove them, or use \`weighted-mean\`.`;
    return [{ path: ['stages', node.name, 'weights'], mark: 'key', message, expected: 'no weights' }];
  });

export const weightsInputs: Check = (graph) =>
  weighted(graph).flatMap(({ node, weights }) => {
    const inputs = [...node.inputs.keys()];
    const unknown = Object.keys(weights).filter((name) => !node.inputs.has(name));
    const missing = inputs.filter((name) => !Object.hasOwn(weights, name) && nearestName(name, unknown) === undefined);
    return [
      ...unknown.map((name): Fault => ({
        path: ['stages', node.name, 'weights', name],
        mark: 'key',
        message: `Stage "${node.name}" weighs "${name}", which is none of its inputs. They are ${listed(inputs)}.`,
        expected: `one of ${inputs.join(', ')}`,
        ...suggest(nearestName(name, inputs)),
      })),
      ...missing.map((name): Fault => ({
        path: ['stages', node.name, 'weights'],
        mark: 'key',
        message: `Stage "${node.name}" gives its input "${name}" no weight. Add \`${name}: 1\`, or 0 to leave it out.`,
        expected: `a weight for each of ${inputs.join(', ')}`,
      })),
    ];
  });

export const weightsZero: Check = (graph) =>
  weighted(graph).flatMap(({ node, weights }): Fault[] => {
    if (Object.values(weights).some((weight) => weight > 0)) return [];
    const message = `Stage "${node.name}" gives all its members the weight 0, so there is nothing to take the mean of. Give at least one of them more.`;
    return [{ path: ['stages', node.name, 'weights'], mark: 'key', message, expected: 'a weight above 0' }];
  });

function ensembles(graph: PipelineGraph): readonly { readonly node: StageNode; readonly spec: EnsembleStageSpec }[] {
  return [...graph.stages.values()].flatMap((node) => ('ensemble' in node.spec ? [{ node, spec: node.spec }] : []));
}

function weighted(graph: PipelineGraph): readonly { readonly node: StageNode; readonly weights: Readonly<Record<string, number>> }[] {
  return ensembles(graph).flatMap(({ node, spec: { ensemble, weights } }) => (ensemble === 'weighted-mean' && weights !== undefined ? [{ node, weights }] : []));
}
