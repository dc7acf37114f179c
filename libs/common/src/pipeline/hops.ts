import { SOURCE } from './compiled.ts';
import type { Edge, TensorRef } from './compiled.ts';

/** A stage as far as hops care: what it reads, and its place in a scatter (named by the scattered tensor). Stages come in topological order. */
export interface HopNode {
  readonly reads: readonly TensorRef[];
  readonly scattered?: TensorRef;
  readonly gathers?: TensorRef;
}

export interface HopPlan {
  /** Per node, the answer last. */
  readonly members: readonly (readonly number[])[];
  /** Ascending by `from`, then `to`. */
  readonly edges: readonly Edge[];
}

/** A tensor on a way: `all` parts of a scatter carry it, or only the first. */
interface Load {
  readonly ref: TensorRef;
  readonly scope: 'all' | 'first';
}
type Loads = Map<string, Load>;

/**
 * Which messages exist and what they carry. A node waits only for those of its sources that no other source of it was made from; the tensors
 * of the rest come along on the way. The nodes are walked from the answer back, so that what a node must receive is complete when it
 * is asked from its members; each tensor takes one way only, preferably one it takes anyway.
 */
export function planHops(nodes: readonly HopNode[], answer: readonly TensorRef[]): HopPlan {
  return new HopPlanner([...nodes, { reads: answer }]).plan();
}

class HopPlanner {
  readonly #nodes: readonly HopNode[];
  readonly #ancestors: readonly ReadonlySet<number>[];
  readonly #members: number[][];
  readonly #demands: readonly Loads[];
  readonly #edges = new Map<string, { readonly from: number; readonly to: number; readonly loads: Loads }>();

  constructor(nodes: readonly HopNode[]) {
    this.#nodes = nodes;
    this.#ancestors = ancestorSets(nodes);
    this.#members = nodes.map((node) => maximalSources(node, this.#ancestors));
    this.#demands = nodes.map((node) => new Map(node.reads.map((ref) => [keyOf(ref), { ref, scope: 'all' }])));
  }

  plan(): HopPlan {
    for (let node = this.#nodes.length - 1; node >= 0; node -= 1) {
      for (const member of this.#members[node] ?? []) this.#edge(member, node);
      for (const load of this.#demandsOf(node).values()) this.#bring(load, node);
    }
    const edges = [...this.#edges.values()].sort((left, right) => left.from - right.from || left.to - right.to);
    return { members: this.#members.map((members) => members.toSorted((left, right) => left - right)), edges: edges.map((edge) => this.#finish(edge, edges)) };
  }

  #bring({ ref, scope }: Load, node: number): void {
    const gathers = this.#nodes[node]?.gathers;
    const fromOutside = gathers !== undefined && this.#nodes[ref.stage]?.scattered === undefined;
    if (fromOutside && this.#demandsOf(node).has(keyOf(gathers))) return this.#bringBeside(ref, { gather: node, opener: gathers.stage });
    const onTheWay: Load = { ref, scope: fromOutside ? 'first' : scope };
    const member = this.#bestMember(onTheWay, node);
    addLoad(this.#edge(member, node).loads, onTheWay);
    if (member === ref.stage || member === SOURCE) return;
    const inside = this.#nodes[member]?.scattered !== undefined;
    addLoad(this.#demandsOf(member), inside ? onTheWay : { ref, scope: 'all' });
  }

  /** Inside a scatter its tensor's name means one part. A gather that needs the whole of it gets it past the scatter, straight from its maker,
   *  and with it everything else from outside. */
  #bringBeside(ref: TensorRef, { gather, opener }: { gather: number; opener: number }): void {
    addLoad(this.#edge(opener, gather).loads, { ref, scope: 'all' });
    const members = this.#members[gather];
    if (members !== undefined && !members.includes(opener)) members.push(opener);
    if (ref.stage !== opener) addLoad(this.#demandsOf(opener), { ref, scope: 'all' });
  }

  /** The maker itself; else a member that receives the tensor anyway; else the one nearest in number to the maker. */
  #bestMember({ ref, scope }: Load, node: number): number {
    const members = (this.#members[node] ?? []).filter((member) => member === ref.stage || this.#ancestors[member]?.has(ref.stage) === true);
    if (members.includes(ref.stage)) return ref.stage;
    const key = keyOf(ref);
    const has = (member: number): boolean => {
      const load = this.#demands[member]?.get(key);
      return load !== undefined && (load.scope === 'all' || load.scope === scope);
    };
    const best = members.find(has) ?? members.toSorted((left, right) => left - right)[0];
    if (best === undefined) throw new RangeError(`no way from node ${String(ref.stage)} to node ${String(node)}: a check let a bad pipeline through`);
    return best;
  }

  #finish({ from, to, loads }: { from: number; to: number; loads: Loads }, edges: readonly { from: number; to: number }[]): Edge {
    const scattered = this.#nodes[to]?.scattered;
    const gathers = this.#nodes[to]?.gathers;
    const first = cargo(loads, 'first');
    const base = { from, to, cargo: cargo(loads, 'all'), ...(first.length === 0 ? {} : { cargoOfFirst: first }) };
    if (scattered !== undefined && this.#nodes[from]?.scattered === undefined) {
      const opensFirst = edges.every((edge) => edge.from !== from || edge.to >= to || !isSameRef(this.#nodes[edge.to]?.scattered, scattered));
      return { ...base, scatter: scattered, ...(opensFirst ? { ifEmpty: this.#emptyHops(scattered) } : {}) };
    }
    if (gathers === undefined) return base;
    return this.#nodes[from]?.scattered === undefined ? { ...base, beside: gathers } : { ...base, gather: true };
  }

  #emptyHops(scatter: TensorRef): readonly { to: number; cargo: readonly TensorRef[] }[] {
    return this.#nodes.flatMap((node, to) => {
      if (!isSameRef(node.gathers, scatter)) return [];
      const outside = [...this.#demandsOf(to).values()].filter(({ ref }) => this.#nodes[ref.stage]?.scattered === undefined);
      return [{ to, cargo: outside.map(({ ref }) => ref).sort(byPlace) }];
    });
  }

  #demandsOf(node: number): Loads {
    return this.#demands[node] ?? new Map();
  }

  #edge(from: number, to: number): { readonly loads: Loads } {
    const key = `${String(from)}>${String(to)}`;
    const known = this.#edges.get(key);
    if (known !== undefined) return known;
    const edge = { from, to, loads: new Map() };
    this.#edges.set(key, edge);
    return edge;
  }
}

function ancestorSets(nodes: readonly HopNode[]): readonly ReadonlySet<number>[] {
  const sets: Set<number>[] = [];
  for (const node of nodes) {
    const set = new Set<number>();
    for (const { stage } of node.reads) {
      set.add(stage);
      for (const ancestor of sets[stage] ?? []) set.add(ancestor);
    }
    sets.push(set);
  }
  return sets;
}

function maximalSources(node: HopNode, ancestors: readonly ReadonlySet<number>[]): number[] {
  const sources = [...new Set(node.reads.map((ref) => ref.stage))];
  return sources.filter((source) => !sources.some((other) => ancestors[other]?.has(source) === true));
}

function addLoad(loads: Loads, load: Load): void {
  const key = keyOf(load.ref);
  if (loads.get(key)?.scope !== 'all') loads.set(key, load);
}

function cargo(loads: Loads, scope: Load['scope']): readonly TensorRef[] {
  return [...loads.values()].filter((load) => load.scope === scope).map((load) => load.ref).sort(byPlace);
}

function byPlace(left: TensorRef, right: TensorRef): number {
  return left.stage - right.stage || (left.tensor < right.tensor ? -1 : 1);
}

function keyOf(ref: TensorRef): string {
  return `${String(ref.stage)}.${ref.tensor}`;
}

function sameRef(left: TensorRef, right: TensorRef): boolean {
  return left.stage === right.stage && left.tensor === right.tensor;
}

function isSameRef(left: TensorRef | undefined, right: TensorRef): boolean {
  return left !== undefined && sameRef(left, right);
}
