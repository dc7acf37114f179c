import { nearestName } from '#common/errors';
import type { PipelineGraph } from '../graph.ts';
import { ancestorsOf } from '../order.ts';
import { openedBy } from '../scatters.ts';
import { parseReference } from '../spec.ts';
import type { StageNode } from '../stage-node.ts';
import { everyInput, hasUnknownEach, inputsOf, knownStages, listed, suggest } from './check.ts';
import type { Check, Fault } from './check.ts';

export const eachInputs: Check = (graph) =>
  [...graph.stages.values()].flatMap((node): Fault[] => {
    const { each } = node.spec;
    if (each === undefined || node.inputs.has(each)) return [];
    const inputs = [...node.inputs.keys()];
    const message = `Stage "${node.name}" is to run for each "${each}", but has no such input. Its inputs are ${listed(inputs)}.`;
    return [{ path: ['stages', node.name, 'each'], mark: 'value', message, expected: `one of ${inputs.join(', ')}`, ...suggest(nearestName(each, inputs)) }];
  });

export const eachLists: Check = (graph) =>
  [...graph.stages.values()].flatMap((node): Fault[] => {
    const source = openedBy(node);
    const type = source === undefined ? undefined : graph.typeOf(source);
    if (source === undefined || type === undefined || type.list === true || type.shape.length > 0) return [];
    const message = `Stage "${node.name}" is to run for each "${source.text}", but that is a scalar ${type.datatype}. Let "${source.stage ?? source.tensor}" make a \`list\`, or a tensor with a dimension to cut along.`;
    return [{ path: ['stages', node.name, 'each'], mark: 'value', message, expected: 'a list, or a shape with at least one dimension' }];
  });

export const listsWithoutEach: Check = (graph) => {
  const stages = everyInput(graph).flatMap(({ node, name, source, path }): Fault[] => {
    if (node.spec.each === name || graph.typeOf(source)?.list !== true || hasUnknownEach(node)) return [];
    const message = `Stage "${node.name}" reads "${source.text}", which is a list. Add \`each: ${name}\` to run the stage once per element.`;
    return [{ path, mark: 'value', message, expected: `each: ${name}` }];
  });
  const outputs = [...graph.outputs].flatMap(([name, source]): Fault[] => {
    if (graph.typeOf(source)?.list !== true) return [];
    const message = `Output "${name}" reads "${source.text}", which is a list. Run a stage for \`each\` element and \`gather\` them before the answer.`;
    return [{ path: ['outputs', name], mark: 'value', message, expected: 'one tensor' }];
  });
  return [...stages, ...outputs];
};

export const gathersWithoutEach: Check = (graph) =>
  knownStages(graph).flatMap((node): Fault[] => {
    if (node.spec.gather !== true || graph.scatters.gathers.get(node.name)?.size !== 0) return [];
    const message = `Stage "${node.name}" gathers, but none of its inputs comes from inside a scatter. Remove \`gather\`, or open a scatter with \`each\` further up.`;
    return [{ path: ['stages', node.name, 'gather'], mark: 'key', message, expected: 'an input from a stage that runs once per part' }];
  });

export const gatheredScalars: Check = (graph) =>
  everyInput(graph).flatMap(({ node, source, path }): Fault[] => {
    if (!graph.gathersFrom(node, source) || graph.typeOf(source)?.shape.length !== 0) return [];
    const message = `Stage "${node.name}" gathers "${source.text}", which is a scalar and has no dimension 0 to be put together along. Let "${source.stage ?? ''}" make the shape [1].`;
    return [{ path, mark: 'value', message, expected: 'a shape with at least one dimension' }];
  });

export const eachAndGather: Check = (graph) =>
  [...graph.stages.values()].flatMap((node): Fault[] => {
    if (node.spec.gather !== true || node.spec.each === undefined) return [];
    const message = `Stage "${node.name}" has \`each\` and \`gather\`. Gather in one stage and open the next scatter in a stage after it.`;
    return [{ path: ['stages', node.name, 'gather'], mark: 'key', message, expected: 'one of each and gather' }];
  });

export const nestedEach: Check = (graph) =>
  knownStages(graph).flatMap((node): Fault[] => {
    const source = openedBy(node);
    const around = scatterOf(graph, source?.stage);
    if (source === undefined || around === undefined || node.spec.gather === true) return [];
    const message = `Stage "${node.name}" is to run for each "${source.text}", but "${source.stage ?? ''}" itself runs once per part of "${around}". Scatters cannot be nested: \`gather\` the first one before, or make all parts in one list.`;
    return [{ path: ['stages', node.name, 'each'], mark: 'value', message, expected: 'a tensor from outside every scatter' }];
  });

export const mixedScatters: Check = (graph) =>
  knownStages(graph).flatMap((node): Fault[] => {
    const scatters = [...(graph.scatters.inside.get(node.name) ?? graph.scatters.gathers.get(node.name) ?? [])];
    const nested = scatterOf(graph, openedBy(node)?.stage) !== undefined;
    const inherited = inputsOf(node).some(({ source }) => (graph.scatters.inside.get(source.stage ?? '')?.size ?? 0) > 1);
    if (scatters.length < 2 || nested || inherited) return [];
    const quoted = scatters.map((scatter) => `"${scatter}"`);
    const message = `Stage "${node.name}" reads from inside ${String(scatters.length)} scatters, over ${listed(quoted)}, whose parts have nothing to do with each other. \`gather\` each of them in a stage of its own and join those.`;
    return [{ path: ['stages', node.name, 'inputs'], mark: 'key', message, expected: 'inputs from inside one scatter' }];
  });

export const besideScatter: Check = (graph) =>
  knownStages(graph).flatMap((node) => {
    const scatter = onlyScatter(graph, node);
    if (scatter === undefined) return [];
    const opener = parseReference(scatter).stage;
    const before = opener === undefined ? new Set<string>() : new Set([opener, ...ancestorsOf(graph.stages, opener)]);
    return inputsOf(node).flatMap(({ source, path }): Fault[] => {
      if (source.stage === undefined || before.has(source.stage) || (graph.scatters.inside.get(source.stage)?.size ?? 0) > 0) return [];
      const does = node.spec.gather === true ? 'gathers' : 'runs once per part of';
      const cure = node.spec.gather === true ? `Join it in a stage after "${node.name}"` : `Join it in a stage after the scatter is gathered`;
      const also = opener === undefined ? '' : `, or let "${opener}" read "${source.stage}" too`;
      const message = `Stage "${node.name}" ${does} the scatter over "${scatter}" and also reads "${source.text}", but "${source.stage}" need not be done when the scatter opens. ${cure}${also}.`;
      return [{ path, mark: 'value', piece: { start: 0, length: source.stage.length }, message, expected: 'tensors from inside the scatter or from before it' }];
    });
  });

export const wholeInsideScatter: Check = (graph) =>
  knownStages(graph).flatMap((node) => {
    const scatter = node.spec.gather === true ? undefined : onlyScatter(graph, node);
    return inputsOf(node).flatMap(({ name, source, path }): Fault[] => {
      if (source.text !== scatter || node.spec.each === name || graph.typeOf(source)?.list === true) return [];
      const message = `Stage "${node.name}" runs once per part of "${scatter}" and also reads it whole, as "${name}". Name it in \`each\`, or read the whole tensor in the stage that gathers.`;
      return [{ path, mark: 'value', message, expected: `each: ${name}` }];
    });
  });

export const scatteredOutputs: Check = (graph) =>
  [...graph.outputs].flatMap(([name, source]): Fault[] => {
    const scatter = scatterOf(graph, source.stage);
    if (scatter === undefined) return [];
    const message = `Output "${name}" reads "${source.text}", but "${source.stage ?? ''}" runs once per part of "${scatter}". Read it in a stage with \`gather: true\` and answer with that stage's output.`;
    return [{ path: ['outputs', name], mark: 'value', message, expected: 'a tensor from outside every scatter' }];
  });

/** The scatter a stage runs in (the first one, should it be in several). */
function scatterOf(graph: PipelineGraph, stage: string | undefined): string | undefined {
  return stage === undefined ? undefined : [...(graph.scatters.inside.get(stage) ?? [])][0];
}

/** The one scatter a stage is in or ends; undefined when there is none, or several (which is another rule's business). */
function onlyScatter(graph: PipelineGraph, node: StageNode): string | undefined {
  const scatters = [...(graph.scatters.inside.get(node.name) ?? graph.scatters.gathers.get(node.name) ?? [])];
  return scatters.length === 1 ? scatters[0] : undefined;
}
