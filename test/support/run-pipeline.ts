import { fromTypedArray, splitRows, toTypedArray } from '#common/inference';
import type { NamedTensors, Tensor } from '#common/inference';
import { bindAnswer, bindInputs, expectedParts, isAnswer, joinNode, memberOf, route, routeEntry } from '#common/pipeline';
import type { CompiledPipeline, NextMessage, StageOutputs } from '#common/pipeline';
import type { RandomPipeline, RandomStage } from './random-pipeline.ts';

/** By output name, a list as an array of its elements. */
type Values = Readonly<Record<string, readonly number[] | readonly (readonly number[])[]>>;

/** A stand-in for a stage's work: numbers that depend on the stage's name and on all its inputs, so that a mixed-up tensor shows. */
export function stageResult(stage: string, inputs: NamedTensors): Values {
  let hash = 7;
  const mix = (value: number): void => {
    hash = (Math.imul(hash, 31) + value) | 0;
  };
  for (const character of stage) mix(character.charCodeAt(0));
  for (const [name, tensor] of Object.entries(inputs).toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    for (const character of name) mix(character.charCodeAt(0));
    mix(tensor.shape[0] ?? -1);
    for (const value of numbers(tensor)) mix(value);
  }
  const column = (salt: number, length: number): readonly number[] => Array.from({ length }, (_, index) => Math.imul(hash + salt, index + 3));
  const size = (salt: number, below: number): number => Math.abs(Math.imul(hash, salt) >> 3) % below;
  const list = Array.from({ length: size(5, 4) }, (_, index) => column(index + 11, 1 + size(index + 1, 2)));
  return { y: column(1, size(3, 4)), z: column(2, 2), l: list };
}

/** Runs a request through `route` and `bindInputs` as workers would, parts in the worst order: the last message sent is taken first. */
export function run(pipeline: CompiledPipeline, inputs: NamedTensors): { readonly answer: Readonly<Record<string, readonly number[]>>; readonly hops: readonly { from: number; to: number }[] } {
  const hops: { from: number; to: number }[] = [];
  const open: (NextMessage & { from: number })[] = routeEntry(pipeline, inputs).map((message) => ({ ...message, from: -1 }));
  const joins = new Map<string, Map<string, NextMessage & { from: number }>>();
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    hops.push({ from: message.from, to: message.to });
    once(message.tensors.map((tensor) => `${String(tensor.stage)}.${tensor.name}`), 'a message carries');
    const key = String(joinNode(pipeline, message.to, message));
    const parts = joins.get(key) ?? new Map();
    joins.set(key, parts);
    if (parts.has(memberOf(message))) throw new Error(`two parts of ${memberOf(message)} for node ${key}`);
    parts.set(memberOf(message), message);
    if (parts.size < expectedParts(pipeline, message.to, message)) continue;
    if (isAnswer(pipeline, message.to)) return { answer: answerOf(pipeline, [...parts.values()]), hops: [...hops, ...open.map(({ from, to }) => ({ from, to }))] };
    open.push(...execute(pipeline, message.to, [...parts.values()]));
  }
  throw new Error('the request never ended');
}

function execute(pipeline: CompiledPipeline, number: number, parts: readonly (NextMessage & { from: number })[]): readonly (NextMessage & { from: number })[] {
  const stage = pipeline.stages[number];
  if (stage === undefined) throw new Error(`no stage ${String(number)}`);
  const needed = new Set(stage.inputs.filter((input) => input.gathered !== true).map(({ from }) => `${String(from.stage)}.${from.tensor}`));
  once(parts.flatMap((part) => part.tensors.map((tensor) => `${String(tensor.stage)}.${tensor.name}`)).filter((name) => needed.has(name)), `stage ${stage.name} gets`);
  const values = stageResult(stage.name, bindInputs(stage, parts));
  const outputs: StageOutputs = Object.fromEntries(stage.outputs.map(({ name }) => [name, tensorsOf(values[name] ?? [], name)]));
  return route(pipeline, { stage: number, parts, outputs }).map((message) => ({ ...message, from: number }));
}

function answerOf(pipeline: CompiledPipeline, parts: readonly (NextMessage & { from: number })[]): Readonly<Record<string, readonly number[]>> {
  const tensors = bindAnswer(pipeline, parts);
  return Object.fromEntries(
    pipeline.outputs.map(({ name, from }) => {
      const found = tensors.find((tensor) => tensor.stage === from.stage && tensor.name === from.tensor)?.tensor;
      return [name, numbers(found as Tensor)];
    }),
  );
}

/** The same pipeline without messages: every stage read straight from the file, scatters unfolded. What `run` must agree with. */
export function evaluate(raw: RandomPipeline, inputs: NamedTensors): Readonly<Record<string, readonly number[]>> {
  // Per tensor its value, or inside a scatter one value per part.
  const whole = new Map<string, Tensor | readonly Tensor[]>(Object.entries(inputs));
  const perPart = new Map<string, readonly Tensor[]>();
  for (const [name, stage] of Object.entries(raw.stages)) {
    const parts = partCount(stage, whole, perPart);
    const one = (index: number): NamedTensors => Object.fromEntries(Object.entries(stage.inputs).map(([input, reference]) => [input, valueFor({ stage, input, reference, index }, whole, perPart)]));
    const makes = Object.keys(stage.outputs);
    if (parts === undefined) {
      const values = stageResult(name, one(0));
      for (const output of makes) whole.set(`${name}.${output}`, tensorsOf(values[output] ?? [], output));
    } else {
      const results = Array.from({ length: parts }, (_, index) => stageResult(name, one(index)));
      for (const output of makes) perPart.set(`${name}.${output}`, results.map((values) => tensorsOf(values[output] ?? [], output) as Tensor));
    }
  }
  return Object.fromEntries(Object.entries(raw.outputs).map(([output, reference]) => [output, numbers(whole.get(reference) as Tensor)]));
}

function partCount(stage: RandomStage, whole: ReadonlyMap<string, Tensor | readonly Tensor[]>, perPart: ReadonlyMap<string, readonly Tensor[]>): number | undefined {
  if (stage.gather === true) return undefined;
  if (stage.each !== undefined) return elements(whole.get(stage.inputs[stage.each] ?? '') ?? []).length;
  return Object.values(stage.inputs).map((reference) => perPart.get(reference)?.length).find((count) => count !== undefined);
}

function valueFor(
  { stage, input, reference, index }: { stage: RandomStage; input: string; reference: string; index: number },
  whole: ReadonlyMap<string, Tensor | readonly Tensor[]>,
  perPart: ReadonlyMap<string, readonly Tensor[]>,
): Tensor {
  const parts = perPart.get(reference);
  if (parts !== undefined) return stage.gather === true ? (tensorsOf(parts.flatMap(numbers), 'y') as Tensor) : (parts[index] as Tensor);
  const value = whole.get(reference) ?? [];
  return stage.each === input ? (elements(value)[index] as Tensor) : (value as Tensor);
}

function elements(value: Tensor | readonly Tensor[]): readonly Tensor[] {
  if ('length' in value) return value;
  const count = value.shape[0] ?? 0;
  return count === 0 ? [] : splitRows(value, Array.from({ length: count }, () => 1));
}

function tensorsOf(value: readonly number[] | readonly (readonly number[])[], output: string): Tensor | readonly Tensor[] {
  if (output === 'l') return (value as readonly (readonly number[])[]).map((element) => column(element));
  return column(value as readonly number[]);
}

function column(values: readonly number[]): Tensor {
  return fromTypedArray('INT32', [values.length], Int32Array.from(values));
}

function numbers(tensor: Tensor): readonly number[] {
  return Array.from(toTypedArray(tensor) as Int32Array);
}

function once(names: readonly string[], what: string): void {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`${what} twice: ${twice.join(', ')}`);
}
