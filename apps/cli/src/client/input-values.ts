import { readFile } from 'node:fs/promises';
import { readFault } from '#common/adapters/system';
import { AppError, nearestName } from '#common/errors';
import { DATATYPES, bytesTensor, elementCount, formatTensorType, parseInferRequest } from '#common/inference';
import type { NamedTensors, Tensor, TensorSpec } from '#common/inference';

/**
 * Reads `name=value` arguments into tensors of the declared types. `value` is the text itself for BYTES, JSON for everything else, or `@file`:
 * its raw bytes for BYTES, else JSON, which may also be a whole infer request that has the input. A -1 in the declared shape takes what the values need.
 * @throws TENSOR_UNKNOWN, TENSOR_SHAPE_MISMATCH, TENSOR_DATA_INVALID, PARAMETER_INVALID (a file that cannot be read)
 */
export async function readInputs(specs: readonly TensorSpec[], values: readonly string[]): Promise<NamedTensors> {
  const inputs: Record<string, Tensor> = {};
  for (const argument of values) {
    const { spec, value } = splitArgument(specs, argument);
    if (Object.hasOwn(inputs, spec.name)) throw new AppError('PARAMETER_INVALID', `Input "${spec.name}" is given twice. Give it once.`);
    inputs[spec.name] = await readInput(spec, value);
  }
  return inputs;
}

function splitArgument(specs: readonly TensorSpec[], argument: string): { readonly spec: TensorSpec; readonly value: string } {
  const split = argument.indexOf('=');
  const names = specs.map((spec) => spec.name);
  if (split < 1) throw new AppError('PARAMETER_INVALID', `"${shorten(argument)}" is not of the form name=value. Write for example ${names[0] ?? 'x'}=@file.`);
  const name = argument.slice(0, split);
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec !== undefined) return { spec, value: argument.slice(split + 1) };
  const near = nearestName(name, names);
  throw new AppError('TENSOR_UNKNOWN', `The pipeline has no input "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} Its inputs: ${names.join(', ')}.`);
}

async function readInput(spec: TensorSpec, value: string): Promise<Tensor> {
  const content = value.startsWith('@') ? await readContent(value.slice(1)) : Buffer.from(value);
  if (spec.datatype === 'BYTES') return bytesTensor(fillShape(spec, 1), [content]);
  return tensorFromJsonText(spec, content.toString('utf8'));
}

async function readContent(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('PARAMETER_INVALID', `The file "${path}" cannot be read: ${readFault(cause)}.`, { cause });
  }
}

/** Numbers, flat or nested; the protocol's own parser turns them into a tensor, so that both sides agree on every value. */
function tensorFromJsonText(spec: TensorSpec, json: string): Tensor {
  const values = parseJson(spec, json);
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return tensorOfRequest(spec, json);
  const count = Array.isArray(values) ? values.flat(Infinity).length : 1;
  const shape = fillShape(spec, count);
  const data = Array.isArray(values) ? json : `[${json}]`;
  return tensorOfRequest(spec, `{"inputs":[{"name":${JSON.stringify(spec.name)},"datatype":"${spec.datatype}","shape":[${shape.join(',')}],"data":${data}}]}`);
}

function parseJson(spec: TensorSpec, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new AppError('TENSOR_DATA_INVALID', `Input "${spec.name}": expected ${formatTensorType(spec)} as JSON like [1, 2, 3], got "${shorten(json)}". A file is given as ${spec.name}=@file.`, { cause });
  }
}

function tensorOfRequest(spec: TensorSpec, body: string): Tensor {
  const tensor = parseInferRequest(new TextEncoder().encode(body), undefined).inputs[spec.name];
  if (tensor === undefined) throw new AppError('TENSOR_MISSING', `The infer request given for the input "${spec.name}" has no input of that name.`);
  return tensor;
}

/**
 * The declared shape with numbers for its -1: the first takes what `count` elements need, further ones are 1.
 * @throws TENSOR_SHAPE_MISMATCH when no size fits
 */
export function fillShape(spec: TensorSpec, count: number): number[] {
  const known = spec.shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  const isOpen = spec.shape.includes(-1);
  const fits = isOpen ? known > 0 && count % known === 0 : count === known;
  if (!fits) {
    const wanted = isOpen ? `a multiple of ${known}` : String(known);
    throw new AppError('TENSOR_SHAPE_MISMATCH', `Input "${spec.name}": expected ${formatTensorType(spec)}, got ${count} ${count === 1 ? 'value' : 'values'}. Give ${wanted}.`);
  }
  let free = count / known;
  return spec.shape.map((dim) => {
    if (dim !== -1) return dim;
    const size = free;
    free = 1;
    return size;
  });
}

const SHOWN_CHARACTERS = 60;

function shorten(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

/** Zeros of the declared types for a load run: -1 becomes `rows` on the first axis and 1 elsewhere; BYTES get one empty string each. */
export function zeroInputs(specs: readonly TensorSpec[], rows: number): NamedTensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, zeroTensor(spec, rows)]));
}

function zeroTensor(spec: TensorSpec, rows: number): Tensor {
  const shape = spec.shape.map((dim, axis) => (dim !== -1 ? dim : axis === 0 ? rows : 1));
  const count = elementCount(shape);
  if (spec.datatype === 'BYTES') return bytesTensor(shape, Array.from({ length: count }, () => ''));
  return { datatype: spec.datatype, shape, bytes: new Uint8Array(count * DATATYPES[spec.datatype]) };
}
