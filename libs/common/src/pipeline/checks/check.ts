import type { PipelineGraph } from '../graph.ts';
import { ancestorsOf } from '../order.ts';
import type { Finding, SpecPath } from '../problem.ts';
import type { Source, StageNode } from '../stage-node.ts';

/** What a check found; its rule is the one it is listed under. */
export type Fault = Omit<Finding, 'rule'>;

/** One rule: looks at the whole pipeline, changes nothing, says everything it finds. Silent about what cannot be known because another rule was broken. */
export type Check = (graph: PipelineGraph) => readonly Fault[];

/** One input of one stage, with its place in the file. */
export interface StageInput {
  readonly node: StageNode;
  readonly name: string;
  readonly source: Source;
  readonly path: SpecPath;
}

export function inputsOf(node: StageNode): readonly StageInput[] {
  return [...node.inputs].map(([name, source]) => ({ node, name, source, path: ['stages', node.name, 'inputs', name] }));
}

export function everyInput(graph: PipelineGraph): readonly StageInput[] {
  return [...graph.stages.values()].flatMap(inputsOf);
}

/** Stages of which it is certain what they are made from, in topological order: what rules about scatters may judge. */
export function knownStages(graph: PipelineGraph): readonly StageNode[] {
  const isKnown = (name: string): boolean => {
    const node = graph.stages.get(name);
    return node !== undefined && !hasUnknownEach(node);
  };
  return graph.order.filter((node) => isKnown(node.name) && [...ancestorsOf(graph.stages, node.name)].every(isKnown));
}

/** `each` that names no input: whether and over what the stage scatters is then unknown. */
export function hasUnknownEach(node: StageNode): boolean {
  return node.spec.each !== undefined && !node.inputs.has(node.spec.each);
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

export function suggest(name: string | undefined): { readonly suggestion?: string } {
  return name === undefined ? {} : { suggestion: name };
}
