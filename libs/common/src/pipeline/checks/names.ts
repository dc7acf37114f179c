import type { Check, Fault } from './check.ts';

const RESERVED = ['in', 'out'];
const WHY = 'is reserved: it names the topic where requests come in or outcomes go out. Choose another name.';

export const reservedNames: Check = (graph) => {
  const pipeline: Fault[] = RESERVED.includes(graph.spec.pipeline)
    ? [{ path: ['pipeline'], mark: 'value', message: `The pipeline name "${graph.spec.pipeline}" ${WHY}` }]
    : [];
  const stages = RESERVED.filter((name) => graph.stages.has(name));
  return [...pipeline, ...stages.map((name): Fault => ({ path: ['stages', name], mark: 'key', message: `The stage name "${name}" ${WHY}` }))];
};
