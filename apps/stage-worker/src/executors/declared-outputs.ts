import { AppError } from '#common/errors';
import { elementCount, formatTensorType, isDatatype, shapeMatches } from '#common/inference';
import type { Datatype, TensorSpec } from '#common/inference';
import { arrayName, holds, kindOf } from './typed-tensor.ts';
import type { TypedOutputs, TypedTensor } from './typed-tensor.ts';

/** A tensor that something must return; `list`: an array of such tensors. */
export interface DeclaredOutput extends TensorSpec {
  readonly list?: true;
}

/**
 * Checks what a function or model returned against its declaration and puts it in declared order. `owner` starts the message
 * (`Function "crops" of ./ocr.mjs`). Throws BAD_OUTPUT naming the tensor, what was expected and what came instead. Nothing is converted:
 * the author sees a wrong datatype instead of quietly wrong numbers.
 */
export function checkOutputs(owner: string, declared: readonly DeclaredOutput[], returned: unknown): TypedOutputs {
  if (kindOf(returned) !== 'Object') {
    throw bad(`${owner} must return an object with ${names(declared)}, but returned ${kindOf(returned)}.`);
  }
  const given = returned as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !declared.some((output) => output.name === name));
  const missing = declared.find((output) => given[output.name] === undefined);
  if (missing !== undefined) {
    throw bad(`${owner} returned no "${missing.name}" (expected ${formatTensorType(missing)}). It returned ${listed(Object.keys(given))}.`);
  }
  if (unknown !== undefined) throw bad(`${owner} returned "${unknown}", which is not declared. Its outputs are ${names(declared)}.`);
  const checked: Record<string, TypedTensor | readonly TypedTensor[]> = {};
  for (const output of declared) checked[output.name] = checkOutput(`${owner}, output "${output.name}"`, output, given[output.name]);
  return checked;
}

function checkOutput(place: string, output: DeclaredOutput, value: unknown): TypedTensor | readonly TypedTensor[] {
  if (output.list !== true) return checkTyped(place, output, value);
  if (!Array.isArray(value)) {
    throw bad(`${place}: expected an array of ${formatTensorType(output)} tensors (it is declared as a list), got ${kindOf(value)}.`);
  }
  return value.map((element: unknown, index) => checkTyped(`${place}[${index}]`, output, element));
}

function checkTyped(place: string, output: TensorSpec, value: unknown): TypedTensor {
  const expected = formatTensorType(output);
  if (kindOf(value) !== 'Object') {
    const hint = Array.isArray(value) ? 'Only an output declared with `list: true` may be an array' : 'A tensor is { datatype, shape, data }';
    throw bad(`${place}: expected ${expected}, got ${kindOf(value)}. ${hint}.`);
  }
  const { datatype, shape, data } = value as Readonly<Record<string, unknown>>;
  if (typeof datatype !== 'string' || !isDatatype(datatype)) {
    throw bad(`${place}: expected datatype ${output.datatype}, got ${describe(datatype)}.`);
  }
  if (!isShape(shape)) throw bad(`${place}: expected a shape of whole numbers like [${output.shape.join(', ')}], got ${describe(shape)}.`);
  const got = formatTensorType({ datatype, shape });
  if (datatype !== output.datatype || !shapeMatches(output.shape, shape)) throw bad(`${place}: expected ${expected}, got ${got}.`);
  if (!holds(datatype, data)) {
    throw bad(`${place}: expected ${datatype} data as ${arrayName(datatype)}, got ${kindOf(data)}${insteadHint(datatype, data)}.`);
  }
  if (data.length !== elementCount(shape)) {
    throw bad(`${place}: shape [${shape.join(', ')}] needs ${elementCount(shape)} elements, but data has ${data.length}.`);
  }
  return { datatype, shape, data };
}

function isShape(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
}

function insteadHint(datatype: Datatype, data: unknown): string {
  return Array.isArray(data) && datatype !== 'BYTES' ? `; use ${arrayName(datatype)}.from(...)` : '';
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return typeof value === 'string' ? `"${value}"` : kindOf(value);
}

function names(declared: readonly DeclaredOutput[]): string {
  return listed(declared.map(({ name }) => name));
}

function listed(given: readonly string[]): string {
  return given.length === 0 ? 'nothing' : given.map((name) => `"${name}"`).join(', ');
}

function bad(message: string): AppError {
  return new AppError('BAD_OUTPUT', message);
}
