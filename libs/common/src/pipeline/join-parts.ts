import { AppError, toAppError } from '#common/errors';
import { concatRows, DATATYPES, elementCount } from '#common/inference';
import type { NamedTensors, Tensor, TensorSpec } from '#common/inference';
import { isByReference } from '#common/envelope';
import type { Envelope, PartTensor } from '#common/envelope';
import type { CompiledPipeline, CompiledStage, InputBinding, TensorRef } from './compiled.ts';

type Part = Pick<Envelope, 'from' | 'scatter' | 'tensors'>;

/**
 * How many messages the node waits for before it is executed (or the answer is complete), as this message of them shows: one per member, and at
 * the end of a scatter one per part of each member inside. 1 = no join. The same for every message of one join.
 */
export function expectedParts(pipeline: CompiledPipeline, node: number, part: Pick<Envelope, 'scatter'>): number {
  const stage = pipeline.stages[node];
  if (stage === undefined) return pipeline.answer.members.length;
  if (!gathers(stage)) return stage.members.length;
  if (part.scatter === undefined) throw new AppError('INTERNAL', `stage "${stage.name}" gathers, but a message to it says no position in the scatter`);
  const { count } = part.scatter;
  if (count === 0) return 1;
  const inside = stage.members.filter((member) => pipeline.stages[member]?.scattered !== undefined).length;
  return inside * count + (stage.members.length - inside);
}

/** Who a part comes from, as a join tells its parts apart: the sender's number, with the scatter index after a dot (`3`, `3.0`). */
export function memberOf(part: Pick<Envelope, 'from' | 'scatter'>): string {
  return part.scatter === undefined ? String(part.from) : `${String(part.from)}.${String(part.scatter.index)}`;
}

/**
 * The number a join is keyed by: the node's own, but inside a scatter one for each part, since the stage joins once per part. Numbers of
 * different nodes and parts never meet.
 */
export function joinNode(pipeline: CompiledPipeline, node: number, part: Pick<Envelope, 'scatter'>): number {
  const inside = pipeline.stages[node]?.scattered !== undefined && part.scatter !== undefined;
  return inside ? node + (pipeline.stages.length + 1) * (part.scatter.index + 1) : node;
}

/** The executor's inputs out of the parts of a stage's join (in any order); gathered ones concatenated in the order of the scatter. */
export function bindInputs(stage: CompiledStage, parts: readonly Part[]): NamedTensors {
  return Object.fromEntries(stage.inputs.map((input) => [input.name, input.gathered === true ? gather(stage, input, parts) : find(stage, input, parts)]));
}

/** The tensors of the outcome out of the parts of the answer, each once, in the order of the pipeline's outputs. */
export function bindAnswer(pipeline: CompiledPipeline, parts: readonly Part[]): readonly PartTensor[] {
  const found = new Map<string, PartTensor>();
  for (const { name, from } of pipeline.outputs) {
    const tensor = tensorsOf(parts, from)[0];
    if (tensor === undefined) throw new AppError('INTERNAL', `the answer of pipeline "${pipeline.name}" lacks the tensor of output "${name}"`);
    found.set(`${String(from.stage)}.${from.tensor}`, tensor);
  }
  return [...found.values()];
}

function gathers(stage: CompiledStage): boolean {
  return stage.inputs.some((input) => input.gathered === true);
}

function find(stage: CompiledStage, input: InputBinding, parts: readonly Part[]): Tensor {
  const tensor = tensorsOf(parts, input.from)[0];
  if (tensor === undefined) throw new AppError('INTERNAL', `stage "${stage.name}" was not sent its input "${input.name}"`, { stage: stage.name });
  return resolved(tensor, stage.name);
}

function gather(stage: CompiledStage, input: InputBinding, parts: readonly Part[]): Tensor {
  const inOrder = parts.filter((part) => part.scatter !== undefined).toSorted((left, right) => (left.scatter?.index ?? 0) - (right.scatter?.index ?? 0));
  const tensors = tensorsOf(inOrder, input.from).map((tensor) => resolved(tensor, stage.name));
  const count = inOrder[0]?.scatter?.count ?? 0;
  if (tensors.length !== count) {
    throw new AppError('INTERNAL', `stage "${stage.name}" was sent ${String(tensors.length)} of ${String(count)} parts of its input "${input.name}"`, { stage: stage.name });
  }
  return count === 0 ? noRows(input.spec) : together(stage, input, tensors);
}

/** Parts that do not fit are what the stages made, so they are a stage's fault and not the caller's. */
function together(stage: CompiledStage, input: InputBinding, tensors: readonly Tensor[]): Tensor {
  try {
    return concatRows(tensors);
  } catch (error) {
    const { message } = toAppError(error);
    throw new AppError('BAD_OUTPUT', `stage "${stage.name}" cannot gather its input "${input.name}": ${message}`, { stage: stage.name, cause: error });
  }
}

function tensorsOf(parts: readonly Part[], ref: TensorRef): readonly PartTensor[] {
  return parts.flatMap((part) => part.tensors.filter((tensor) => tensor.stage === ref.stage && tensor.name === ref.tensor));
}

/** A tensor of no rows; sizes nobody knows are 0 too. */
function noRows(spec: TensorSpec): Tensor {
  const shape = [0, ...spec.shape.slice(1).map((size) => Math.max(size, 0))];
  return { datatype: spec.datatype, shape, bytes: new Uint8Array(elementCount(shape) * DATATYPES[spec.datatype]) };
}

function resolved({ name, tensor }: PartTensor, stage: string): Tensor {
  if (!isByReference(tensor)) return tensor;
  throw new AppError('INTERNAL', `the tensor "${name}" for stage "${stage}" is still a reference; fetch payloads before binding`, { stage });
}
