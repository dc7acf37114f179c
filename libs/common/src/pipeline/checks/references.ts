import { nearestName } from '#common/errors';
import type { PipelineGraph } from '../graph.ts';
import { findCycles } from '../order.ts';
import type { SpecPath } from '../problem.ts';
import { readStages } from '../stage-node.ts';
import type { Source } from '../stage-node.ts';
import { everyInput, listed, suggest } from './check.ts';
import type { Check, Fault } from './check.ts';

interface Reading {
  readonly reader: string;
  readonly source: Source;
  readonly path: SpecPath;
}

export const unknownReferences: Check = (graph) => readings(graph).flatMap((reading) => unknownReference(graph, reading));

export const cycles: Check = (graph) =>
  findCycles(graph.stages).map((circle): Fault => {
    const [first = '', second = first] = circle;
    const [input, source] = [...(graph.stages.get(first)?.inputs ?? [])].find(([, { stage }]) => stage === second) ?? ['', undefined];
    const steps = circle.map((name, index) => `"${name}" reads "${circle[(index + 1) % circle.length] ?? ''}"`);
    const message =
      circle.length === 1
        ? `Stage "${first}" reads its own output "${source?.text ?? ''}". Read the output of an earlier stage or an input of the pipeline.`
        : `Stages read each other in a circle: ${listed(steps)}. None of them can start first; let one read something else.`;
    return { path: ['stages', first, 'inputs', input], mark: 'value', piece: { start: 0, length: second.length }, message };
  });

export const unusedInputs: Check = (graph) => {
  if (graph.broken.stages.size > 0 || graph.broken.outputs) return [];
  const read = meant(graph).inputs;
  return Object.keys(graph.spec.inputs).flatMap((name): Fault[] => {
    if (read.has(name)) return [];
    return [{ path: ['inputs', name], mark: 'key', message: `Nobody reads the input "${name}". Read it in a stage, or remove it so that callers need not send it.` }];
  });
};

export const unusedStages: Check = (graph) => {
  if (graph.broken.stages.size > 0 || graph.broken.outputs) return [];
  const read = meant(graph).stages;
  return [...graph.stages.keys()].flatMap((name): Fault[] => {
    if (read.has(name)) return [];
    const makes = (graph.outputsOf(name) ?? []).map((output) => `${name}.${output.name}`);
    const what = makes.length === 0 ? 'its outputs' : makes.join(' or ');
    const message = `Nobody reads stage "${name}". Read ${what} in a stage or in the pipeline's outputs, or remove the stage.`;
    return [{ path: ['stages', name], mark: 'key', message }];
  });
};

function readings(graph: PipelineGraph): readonly Reading[] {
  const stages = everyInput(graph).map(({ node, source, path }): Reading => ({ reader: `Stage "${node.name}"`, source, path }));
  const outputs = [...graph.outputs].map(([name, source]): Reading => ({ reader: `Output "${name}"`, source, path: ['outputs', name] }));
  return [...stages, ...outputs];
}

function unknownReference(graph: PipelineGraph, { reader, source, path }: Reading): readonly Fault[] {
  const { text, stage, tensor } = source;
  if (stage === undefined) return unknownInput(graph, { reader, source, path });
  if (graph.broken.stages.has(stage)) return [];
  if (!graph.stages.has(stage)) {
    const isInput = Object.hasOwn(graph.spec.inputs, stage) ? ` "${stage}" is an input of the pipeline and is read without a dot.` : '';
    const message = `${reader} reads "${text}", but there is no stage "${stage}".${isInput}`;
    const names = stageNames(graph);
    return [{ path, mark: 'value', piece: { start: 0, length: stage.length }, message, expected: `one of the stages ${names.join(', ')}`, ...suggest(isInput === '' ? nearestName(stage, names) : stage) }];
  }
  const outputs = graph.outputsOf(stage)?.map((output) => output.name);
  if (outputs === undefined || outputs.includes(tensor)) return [];
  const message = `${reader} reads "${text}", but stage "${stage}" makes no "${tensor}". It makes ${listed(outputs)}.`;
  return [{ path, mark: 'value', piece: { start: stage.length + 1, length: tensor.length }, message, expected: `one of ${outputs.join(', ')}`, ...suggest(nearestName(tensor, outputs)) }];
}

function unknownInput(graph: PipelineGraph, { reader, source: { text }, path }: Reading): readonly Fault[] {
  const known = [...Object.keys(graph.spec.inputs), ...graph.broken.inputs];
  if (known.includes(text)) return [];
  if (graph.stages.has(text) || graph.broken.stages.has(text)) {
    const outputs = graph.outputsOf(text)?.map((output) => `${text}.${output.name}`) ?? [];
    const message = `${reader} reads "${text}", which is a stage. Say which of its tensors is meant${outputs.length === 0 ? `: ${text}.<tensor>` : `, one of ${outputs.join(', ')}`}.`;
    return [{ path, mark: 'value', message, expected: '`stage.tensor`', ...(outputs.length === 1 ? suggest(outputs[0]) : {}) }];
  }
  const message = `${reader} reads "${text}", but the pipeline has no input "${text}". Its inputs are ${listed(known)}; a stage's tensor is read as \`stage.tensor\`.`;
  return [{ path, mark: 'value', message, expected: `one of ${known.join(', ')}`, ...suggest(nearestName(text, known)) }];
}

/** What is read, misspellings taken as what they were near to, so that one slip is told once. */
function meant(graph: PipelineGraph): { readonly inputs: ReadonlySet<string>; readonly stages: ReadonlySet<string> } {
  const names = stageNames(graph);
  const inputs = Object.keys(graph.spec.inputs);
  const all = readings(graph).map(({ source }) => source);
  const stagesRead = [...graph.stages.values()].flatMap(readStages);
  const answerRead = [...graph.outputs.values()].flatMap(({ stage }) => stage ?? []);
  const plain = all.flatMap(({ stage, text }) => (stage === undefined ? text : []));
  return {
    inputs: new Set([...plain, ...all.flatMap(({ stage }) => stage ?? [])].map((text) => (inputs.includes(text) ? text : (nearestName(text, inputs) ?? text)))),
    stages: new Set([...stagesRead, ...answerRead, ...plain].map((text) => (names.includes(text) ? text : (nearestName(text, names) ?? text)))),
  };
}

function stageNames(graph: PipelineGraph): readonly string[] {
  return [...graph.stages.keys(), ...graph.broken.stages];
}
