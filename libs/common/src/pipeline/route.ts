import { AppError } from '#common/errors';
import { splitRows } from '#common/inference';
import type { NamedTensors, Tensor } from '#common/inference';
import type { Envelope, PartTensor, ScatterPosition } from '#common/envelope';
import { SOURCE } from './compiled.ts';
import type { CompiledPipeline, Edge, TensorRef } from './compiled.ts';

/** A message to send next: to a stage, or to the answer (`to` = the number of stages). */
export interface NextMessage {
  readonly to: number;
  readonly tensors: readonly PartTensor[];
  readonly scatter?: ScatterPosition;
}

/** What a stage's executor returned: by output name, a `list` output as an array. */
export type StageOutputs = Readonly<Record<string, Tensor | readonly Tensor[]>>;

export interface FinishedStage {
  readonly stage: number;
  /** The messages the stage was executed for: one, or all parts of its join. */
  readonly parts: readonly Pick<Envelope, 'tensors' | 'scatter'>[];
  readonly outputs: StageOutputs;
}

/** The first messages of a request. Pure; `inputs` have passed the pipeline's specs. */
export function routeEntry(pipeline: CompiledPipeline, inputs: NamedTensors): readonly NextMessage[] {
  const hold = new Holdings(pipeline, SOURCE, inputs, []);
  return pipeline.entry.flatMap((edge) => messages(edge, hold, undefined));
}

/**
 * The only source of "next": the messages a finished stage sends, to higher numbers only. A message to `pipeline.stages.length` is a part of
 * the answer. Throws BAD_OUTPUT when the stage did not return a tensor that is read further down. Pure: the same call gives the same messages.
 */
export function route(pipeline: CompiledPipeline, finished: FinishedStage): readonly NextMessage[] {
  const stage = pipeline.stages[finished.stage];
  if (stage === undefined) throw new AppError('INTERNAL', `pipeline "${pipeline.name}" has no stage number ${String(finished.stage)}`);
  const hold = new Holdings(pipeline, finished.stage, finished.outputs, finished.parts);
  const position = stage.scattered === undefined ? undefined : finished.parts[0]?.scatter;
  return stage.next.flatMap((edge) => messages(edge, hold, position));
}

/** True for a message that is a part of the answer, not of a stage's work. */
export function isAnswer(pipeline: CompiledPipeline, to: number): boolean {
  return to === pipeline.stages.length;
}

function messages(edge: Edge, hold: Holdings, position: ScatterPosition | undefined): readonly NextMessage[] {
  const { to, cargo, cargoOfFirst = [], scatter, beside, ifEmpty = [] } = edge;
  if (scatter !== undefined) {
    const elements = hold.elements(scatter);
    if (elements.length === 0) return ifEmpty.map((hop) => ({ to: hop.to, tensors: hold.carry(hop.cargo), scatter: { index: 0, count: 0 } }));
    return elements.map((element, index) => {
      const carried = hold.carry(index === 0 ? [...cargo, ...cargoOfFirst] : cargo, { ref: scatter, element });
      return { to, tensors: carried, scatter: { index, count: elements.length } };
    });
  }
  if (beside !== undefined) {
    const count = hold.elements(beside).length;
    return count === 0 ? [] : [{ to, tensors: hold.carry(cargo), scatter: { index: 0, count } }];
  }
  if (position === undefined) return [{ to, tensors: hold.carry(cargo) }];
  return [{ to, tensors: hold.carry(position.index === 0 ? [...cargo, ...cargoOfFirst] : cargo), scatter: position }];
}

/** What a finished stage can send: what it made, and what its parts carried. */
class Holdings {
  readonly #pipeline: CompiledPipeline;
  readonly #maker: number;
  readonly #made: StageOutputs;
  readonly #carried: ReadonlyMap<string, PartTensor>;

  constructor(pipeline: CompiledPipeline, maker: number, made: StageOutputs, parts: FinishedStage['parts']) {
    this.#pipeline = pipeline;
    this.#maker = maker;
    this.#made = made;
    this.#carried = new Map(parts.flatMap((part) => part.tensors.map((tensor) => [`${String(tensor.stage)}.${tensor.name}`, tensor])));
  }

  carry(refs: readonly TensorRef[], part?: { readonly ref: TensorRef; readonly element: Tensor }): readonly PartTensor[] {
    return refs.map((ref) => {
      if (part !== undefined && part.ref.stage === ref.stage && part.ref.tensor === ref.tensor) return { stage: ref.stage, name: ref.tensor, tensor: part.element };
      return ref.stage === this.#maker ? { stage: ref.stage, name: ref.tensor, tensor: this.#one(ref.tensor) } : this.#passedOn(ref);
    });
  }

  /** The parts of a scattered tensor: a list as it is, a tensor row by row. */
  elements(ref: TensorRef): readonly Tensor[] {
    const made = this.#output(ref.tensor);
    if (isList(made)) return made;
    const rows = made.shape[0];
    if (rows === undefined) throw this.#bad(ref.tensor, 'is a scalar, but `each` cuts it along its first dimension');
    return rows === 0 ? [] : splitRows(made, Array.from({ length: rows }, () => 1));
  }

  #one(name: string): Tensor {
    const made = this.#output(name);
    if (isList(made)) throw this.#bad(name, 'is a list, but the pipeline declares one tensor');
    return made;
  }

  #output(name: string): Tensor | readonly Tensor[] {
    const made = Object.hasOwn(this.#made, name) ? this.#made[name] : undefined;
    if (made === undefined) throw this.#bad(name, 'was not returned, but is read further down. Return it under this name');
    return made;
  }

  #bad(output: string, fault: string): AppError {
    const stage = this.#pipeline.stages[this.#maker]?.name;
    if (stage === undefined) return new AppError('TENSOR_MISSING', `pipeline "${this.#pipeline.name}": input "${output}" ${fault}.`);
    return new AppError('BAD_OUTPUT', `stage "${stage}": output "${output}" ${fault}.`, { stage });
  }

  #passedOn(ref: TensorRef): PartTensor {
    const carried = this.#carried.get(`${String(ref.stage)}.${ref.tensor}`);
    if (carried !== undefined) return carried;
    const maker = ref.stage === SOURCE ? 'the request' : `stage "${this.#pipeline.stages[ref.stage]?.name ?? String(ref.stage)}"`;
    throw new AppError('INTERNAL', `the tensor "${ref.tensor}" of ${maker} should have come with the message and did not`);
  }
}

function isList(made: Tensor | readonly Tensor[]): made is readonly Tensor[] {
  return Array.isArray(made);
}
