import type { Source, StageNode } from './stage-node.ts';

/** Which scatters the stages run in. A scatter is named by the tensor it is cut from: two stages with `each` over one tensor share it. */
export interface Scatters {
  /** Per stage: the scatters it runs once per part of; a sound pipeline has at most one each. */
  readonly inside: ReadonlyMap<string, ReadonlySet<string>>;
  /** Per stage with `gather`: the scatters it ends. */
  readonly gathers: ReadonlyMap<string, ReadonlySet<string>>;
}

/** `order` holds the stages in topological order; stages in a circle are left out of it and of the answer. */
export function findScatters(order: readonly StageNode[]): Scatters {
  const inside = new Map<string, ReadonlySet<string>>();
  const gathers = new Map<string, ReadonlySet<string>>();
  for (const node of order) {
    const inherited = new Set([...node.inputs.values()].flatMap((source) => [...(inside.get(source.stage ?? '') ?? [])]));
    const own = openedBy(node);
    if (node.spec.gather === true) gathers.set(node.name, inherited);
    else inside.set(node.name, own === undefined ? inherited : inherited.add(own.text));
  }
  return { inside, gathers };
}

/** The input that `each` names, where there is one. */
export function openedBy(node: StageNode): Source | undefined {
  return node.spec.each === undefined ? undefined : node.inputs.get(node.spec.each);
}
