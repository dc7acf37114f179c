import type { TensorSpec } from '#common/inference';
import type { StageOutput } from './compiled.ts';

/**
 * What an ensemble makes of its members: `probabilities`, of their type, and `label`, INT64, the index of the highest along the last axis.
 * Undefined while no member is known. Members that disagree are another rule's business; the first one then speaks for all.
 */
export function ensembleOutputs(members: readonly (TensorSpec | undefined)[]): readonly StageOutput[] | undefined {
  const known = members.filter((member) => member !== undefined);
  const [first, ...others] = known;
  if (first === undefined) return undefined;
  const shape = others.reduce((merged, member) => mergeShapes(merged, member.shape), first.shape);
  return [
    { name: 'probabilities', datatype: first.datatype, shape },
    { name: 'label', datatype: 'INT64', shape: shape.slice(0, -1) },
  ];
}

/** Two descriptions of one tensor: a size one of them knows is its size. */
function mergeShapes(left: readonly number[], right: readonly number[]): readonly number[] {
  return left.length === right.length ? left.map((size, axis) => (size === -1 ? (right[axis] ?? -1) : size)) : left;
}
