import { AppError } from '#common/errors';
import { concatRows, formatTensorType, splitRows } from '#common/inference';
import type { NamedTensors, Tensor } from '#common/inference';
import { SOURCE } from '#common/pipeline';
import type { CompiledStage } from '#common/pipeline';
import type { ExecuteOutputs } from '../executors/index.ts';

/** Size of dim 0 that all inputs share; undefined when they do not, or when one is a scalar: such a request is executed alone. */
export function rowsOf(inputs: NamedTensors): number | undefined {
  let rows: number | undefined;
  for (const name in inputs) {
    const size = inputs[name]?.shape[0];
    if (size === undefined || (rows !== undefined && size !== rows)) return undefined;
    rows = size;
  }
  return rows;
}

/**
 * Checks one request's inputs for a stage that executes several together: dim 0 counts the same rows in each input that leaves it open. Throws
 * naming them: TENSOR_SHAPE_MISMATCH when all come from the request, BAD_OUTPUT when an earlier stage made one of them.
 */
export function checkRows({ name: stage, batch, inputs: bindings }: CompiledStage, inputs: NamedTensors): void {
  if (batch.max <= 1 || bindings.length <= 1) return;
  const open = bindings.filter(({ name, spec }) => spec.shape[0] === -1 && inputs[name] !== undefined);
  const rows = new Set(open.map(({ name }) => inputs[name]?.shape[0]));
  if (rows.size <= 1) return;
  const types = open.map(({ name }) => `"${name}" is ${formatTensorType(inputs[name] as Tensor)}`).join(', ');
  const isFromRequest = open.every(({ from }) => from.stage === SOURCE);
  const message = `stage "${stage}" needs as many rows in each of its inputs, but ${types}. ${isFromRequest ? 'Send' : 'Return'} one row per item in each.`;
  throw new AppError(isFromRequest ? 'TENSOR_SHAPE_MISMATCH' : 'BAD_OUTPUT', message, { stage });
}

/** True when the inputs can lie under each other: same names, datatypes and dimensions, the first dimension left out. */
export function isStackable(left: NamedTensors, right: NamedTensors): boolean {
  for (const name in left) {
    const one = left[name];
    const other = right[name];
    if (one === undefined || other === undefined || !sameRow(one, other)) return false;
  }
  return true;
}

function sameRow(left: Tensor, right: Tensor): boolean {
  if (left.datatype !== right.datatype || left.shape.length !== right.shape.length) return false;
  for (let axis = 1; axis < left.shape.length; axis++) {
    if (left.shape[axis] !== right.shape[axis]) return false;
  }
  return true;
}

/** One set of inputs out of several stackable ones, in their order; one alone is not copied. */
export function stackInputs(sets: readonly NamedTensors[]): NamedTensors {
  const [first] = sets;
  if (first === undefined) throw new AppError('INTERNAL', 'a batch has no requests');
  if (sets.length === 1) return first;
  const stacked: Record<string, Tensor> = {};
  for (const name in first) {
    const column: Tensor[] = [];
    for (const set of sets) {
      const tensor = set[name];
      if (tensor !== undefined) column.push(tensor);
    }
    stacked[name] = concatRows(column);
  }
  return stacked;
}

/**
 * The outputs of a batch, cut back to its requests. Throws BAD_OUTPUT when an output does not have one row per input row, so that nobody can tell
 * whose it is. A request that was alone keeps whatever came.
 */
export function splitOutputs(outputs: ExecuteOutputs, rowCounts: readonly number[], stage: string): readonly ExecuteOutputs[] {
  if (rowCounts.length === 1) return [outputs];
  const sets: Record<string, Tensor>[] = rowCounts.map(() => ({}));
  for (const [name, output] of Object.entries(outputs)) {
    const pieces = splitOutput(output, rowCounts, `stage "${stage}", output "${name}"`);
    for (const [index, set] of sets.entries()) {
      const piece = pieces[index];
      if (piece !== undefined) set[name] = piece;
    }
  }
  return sets;
}

function splitOutput(output: Tensor | readonly Tensor[], rowCounts: readonly number[], place: string): readonly Tensor[] {
  const rows = rowCounts.reduce((sum, count) => sum + count, 0);
  const advice = 'Return one row per input row, or set `batch: { max: 1 }`.';
  if (!('shape' in output)) throw new AppError('BAD_OUTPUT', `${place} is a list, which cannot be divided among the ${String(rowCounts.length)} requests of a batch. ${advice}`);
  if (output.shape[0] !== rows) throw new AppError('BAD_OUTPUT', `${place}: expected ${String(rows)} rows for a batch of ${String(rows)}, got ${formatTensorType(output)}. ${advice}`);
  return splitRows(output, rowCounts);
}
