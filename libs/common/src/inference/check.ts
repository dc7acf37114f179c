import { AppError, nearestName } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { DATATYPES, elementCount, formatTensorType, shapeMatches } from './tensor.ts';
import type { NamedTensors, Tensor, TensorSpec } from './tensor.ts';
import { walkBytes } from './tensor-raw.ts';
import { quoteName } from './utf8.ts';

/** More dimensions than any model has; bounds the work a hostile shape can ask for. */
export const MAX_RANK = 64;

const LONGEST_TYPING_ERROR = 64;

/**
 * Checks inputs against their declaration: names, datatypes, shapes. `owner` begins the message, e.g. `pipeline "digits"`.
 * Throws TENSOR_UNKNOWN, TENSOR_MISSING, TENSOR_DATATYPE_MISMATCH or TENSOR_SHAPE_MISMATCH. Bytes are not looked at: see `checkTensorBytes`.
 */
export function checkTensors(owner: string, specs: readonly TensorSpec[], tensors: NamedTensors): void {
  for (const name of Object.keys(tensors)) {
    if (!specs.some((spec) => spec.name === name)) throw unknownTensor(owner, name, specs);
  }
  for (const spec of specs) {
    const tensor = Object.hasOwn(tensors, spec.name) ? tensors[spec.name] : undefined;
    const subject = `${owner}, input ${quoteName(spec.name)}`;
    if (tensor === undefined) throw new AppError('TENSOR_MISSING', `${subject}: expected ${formatTensorType(spec)}, but it was not sent.`);
    const mismatch = describeMismatch(spec, tensor);
    if (mismatch !== undefined) throw new AppError(mismatch.code, `${subject}: ${mismatch.text}`);
  }
}

function unknownTensor(owner: string, name: string, specs: readonly TensorSpec[]): AppError {
  const known = specs.map((spec) => spec.name);
  // The search costs the product of the lengths, and the name is a stranger's.
  const nearest = name.length > LONGEST_TYPING_ERROR ? undefined : nearestName(name, known);
  const hint = nearest === undefined ? `Its inputs are: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return new AppError('TENSOR_UNKNOWN', `${owner} has no input ${quoteName(name)}. ${hint}`);
}

export interface TensorMismatch {
  readonly code: Extract<ErrorCode, 'TENSOR_DATATYPE_MISMATCH' | 'TENSOR_SHAPE_MISMATCH'>;
  /** `expected FP32 [-1, 64], got FP32 [3, 63]. Send 64 values per row.` */
  readonly text: string;
}

/** How a tensor's type differs from its declaration; undefined when it does not. */
export function describeMismatch(spec: TensorSpec, tensor: Tensor): TensorMismatch | undefined {
  if (spec.datatype !== tensor.datatype) return { code: 'TENSOR_DATATYPE_MISMATCH', text: `${expectedGot(spec, tensor)} Send ${spec.datatype}.` };
  if (shapeMatches(spec.shape, tensor.shape)) return undefined;
  return { code: 'TENSOR_SHAPE_MISMATCH', text: `${expectedGot(spec, tensor)} ${shapeAdvice(spec.shape, tensor.shape)}` };
}

function expectedGot(spec: TensorSpec, tensor: Tensor): string {
  return `expected ${formatTensorType(spec)}, got ${formatTensorType(tensor)}.`;
}

function shapeAdvice(declared: readonly number[], actual: readonly number[]): string {
  if (declared.length !== actual.length) return `Send ${declared.length} dimensions.`;
  const row = declared.slice(1);
  if (declared[0] === -1 && row.length > 0 && !row.includes(-1)) return `Send ${elementCount(row)} values per row.`;
  const axis = declared.findIndex((dim, index) => dim !== -1 && dim !== actual[index]);
  return `Dimension ${axis} must be ${declared[axis]}.`;
}

/**
 * Checks that a tensor is whole: dimensions are counts, the bytes are as many as shape and datatype say, BYTES prefixes add up, BOOL is 0 or 1.
 * Throws TENSOR_SHAPE_MISMATCH or TENSOR_DATA_INVALID naming the tensor.
 */
export function checkTensorBytes(name: string, tensor: Tensor): void {
  const count = checkedElementCount(name, tensor.shape);
  const { datatype, bytes } = tensor;
  if (datatype === 'BYTES') {
    checkPrefixes(name, tensor);
    return;
  }
  const expected = count * DATATYPES[datatype];
  if (bytes.length !== expected) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: ${formatTensorType(tensor)} takes ${expected} bytes, got ${bytes.length}.`);
  }
  if (datatype === 'BOOL') checkBooleans(name, bytes);
}

/** Number of elements of a shape from outside. Throws TENSOR_SHAPE_MISMATCH for dimensions that are no counts or multiply past 2^53. */
export function checkedElementCount(name: string, shape: readonly number[]): number {
  if (shape.length > MAX_RANK) throw badShape(name, shape, `has ${shape.length} dimensions, at most ${MAX_RANK} are taken`);
  let count = 1;
  let bound = 1;
  for (const dim of shape) {
    const isCount = Number.isSafeInteger(dim) && dim >= 0;
    if (!isCount) throw badShape(name, shape, `has the dimension ${String(dim)}. Send the real size, a whole number of at least 0`);
    count *= dim;
    bound *= Math.max(1, dim);
  }
  // Zeros are left out of the bound: [0, 2^40, 2^40] is empty, yet its row size overflows.
  if (bound > Number.MAX_SAFE_INTEGER) throw badShape(name, shape, 'has too many elements');
  return count;
}

function badShape(name: string, shape: readonly number[], what: string): AppError {
  return new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: shape [${shape.slice(0, MAX_RANK).join(', ')}] ${what}.`);
}

function checkPrefixes(name: string, tensor: Tensor): void {
  try {
    walkBytes(tensor, () => undefined);
  } catch (error) {
    throw new AppError('TENSOR_DATA_INVALID', `tensor ${quoteName(name)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkBooleans(name: string, bytes: Uint8Array): void {
  const index = bytes.findIndex((byte) => byte > 1);
  if (index >= 0) throw new AppError('TENSOR_DATA_INVALID', `tensor ${quoteName(name)}: BOOL element ${index} is ${String(bytes[index])}. Send 0 or 1.`);
}
