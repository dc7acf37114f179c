import { readStages } from './stage-node.ts';
import type { StageNode, StageNodes } from './stage-node.ts';

/** Topological order, stable: of the stages that may come next the one written first comes first. Stages in or behind a circle are absent. */
export function topologicalOrder(stages: StageNodes): readonly StageNode[] {
  const order: StageNode[] = [];
  const waiting = new Map(stages);
  for (;;) {
    const next = [...waiting.values()].find((node) => readStages(node).every((name) => !waiting.has(name)));
    if (next === undefined) return order;
    waiting.delete(next.name);
    order.push(next);
  }
}

/** Stages that read each other in a circle: each circle once, starting at the stage written first, each stage reading from the next. */
export function findCycles(stages: StageNodes): readonly (readonly string[])[] {
  const ordered = new Set(topologicalOrder(stages).map((node) => node.name));
  const seen = new Set<string>();
  const cycles: (readonly string[])[] = [];
  for (const name of stages.keys()) {
    if (ordered.has(name) || seen.has(name)) continue;
    const cycle = shortestCycle(stages, name);
    if (cycle === undefined) continue;
    cycles.push(cycle);
    for (const member of cycle) seen.add(member);
  }
  return cycles;
}

/** Breadth first from a stage along what it reads, back to itself. */
function shortestCycle(stages: StageNodes, start: string): readonly string[] | undefined {
  const paths: (readonly string[])[] = [[start]];
  const visited = new Set<string>();
  for (const path of paths) {
    for (const read of readsOf(stages, path.at(-1) ?? start)) {
      if (read === start) return path;
      if (visited.has(read)) continue;
      visited.add(read);
      paths.push([...path, read]);
    }
  }
  return undefined;
}

/** Everything a stage is made from, directly or not; itself only when it lies in a circle. */
export function ancestorsOf(stages: StageNodes, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const read of readsOf(stages, next)) {
      if (found.has(read)) continue;
      found.add(read);
      open.push(read);
    }
  }
  return found;
}

function readsOf(stages: StageNodes, name: string): readonly string[] {
  const node = stages.get(name);
  return node === undefined ? [] : readStages(node);
}
