import { AppError } from '../errors/index.ts';
import { checkedElementCount } from './check.ts';
import { formatTensorType } from './tensor.ts';
import type { Datatype, Tensor } from './tensor.ts';
import { bytesTensor } from './tensor-raw.ts';
import { bytesOf } from './typed-array.ts';
import type { TensorArray } from './typed-array.ts';
import { isWellFormedText, quoteName } from './utf8.ts';

export interface TensorType {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/**
 * A tensor from the `data` of a JSON body, nested like the shape or flat. 64-bit integers past 2^53 must come as bigint.
 * Throws TENSOR_SHAPE_MISMATCH, TENSOR_DATA_INVALID (with the index of the element) or TENSOR_NEEDS_BINARY (FP16, BF16).
 */
export function tensorFromJson(name: string, type: TensorType, data: readonly unknown[]): Tensor {
  const { datatype, shape } = type;
  const count = checkedElementCount(name, shape);
  const flat = Array.isArray(data[0]) ? flatten(name, shape, data) : data;
  if (flat.length !== count) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: ${formatTensorType(type)} has ${count} elements, got ${flat.length} in "data".`);
  }
  if (datatype === 'BYTES') return bytesTensor(shape, readTexts(name, flat));
  return { datatype, shape, bytes: bytesOf(readElements({ name, datatype }, flat)) };
}

function flatten(name: string, shape: readonly number[], data: readonly unknown[]): unknown[] {
  const flat: unknown[] = [];
  const visit = (level: readonly unknown[], axis: number): void => {
    if (level.length !== shape[axis]) {
      throw badNesting(name, `has an array of ${level.length} in dimension ${axis} of shape [${shape.join(', ')}]`);
    }
    for (const element of level) {
      if (axis === shape.length - 1) flat.push(element);
      else if (Array.isArray(element)) visit(element as unknown[], axis + 1);
      else throw badNesting(name, 'mixes arrays and values');
    }
  };
  visit(data, 0);
  return flat;
}

function badNesting(name: string, what: string): AppError {
  return new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: "data" ${what}. Send it flat or nested like the shape.`);
}

/** What the readers below need to know of the tensor to name it. */
interface Subject {
  readonly name: string;
  readonly datatype: Datatype;
}

function readTexts(name: string, data: readonly unknown[]): string[] {
  const subject: Subject = { name, datatype: 'BYTES' };
  return data.map((element, index) => {
    if (typeof element !== 'string') throw invalidElement(subject, { index, element }, 'Send strings, or binary data.');
    if (!isWellFormedText(element)) throw invalidElement(subject, { index, element }, 'It holds half a surrogate pair; send binary data.');
    return element;
  });
}

function readElements({ name, datatype }: { readonly name: string; readonly datatype: Exclude<Datatype, 'BYTES'> }, data: readonly unknown[]): TensorArray {
  switch (datatype) {
    case 'FP32':
      return readFloats({ name, datatype }, data, new Float32Array(data.length));
    case 'FP64':
      return readFloats({ name, datatype }, data, new Float64Array(data.length));
    case 'BOOL':
      return readBooleans({ name, datatype }, data);
    case 'INT64':
      return readLongs({ name, datatype }, data, new BigInt64Array(data.length));
    case 'UINT64':
      return readLongs({ name, datatype }, data, new BigUint64Array(data.length));
    case 'FP16':
    case 'BF16':
      throw needsBinary(name, `${datatype} has no JSON form`);
    default:
      return readIntegers({ name, datatype }, data, new SMALL_INTEGERS[datatype](data.length));
  }
}

const SMALL_INTEGERS = {
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
} as const;

function readFloats(subject: Subject, data: readonly unknown[], into: Float32Array | Float64Array): TensorArray {
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    const value = typeof element === 'bigint' ? Number(element) : element;
    if (typeof value !== 'number') throw invalidElement(subject, { index, element }, 'Send numbers.');
    into[index] = value;
    // What is finite in the text may be too large for the datatype.
    if (!Number.isFinite(into[index])) throw invalidElement(subject, { index, element }, `It is too large for ${subject.datatype}.`);
  }
  return into;
}

function readBooleans(subject: Subject, data: readonly unknown[]): TensorArray {
  const into = new Uint8Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    if (typeof element !== 'boolean') throw invalidElement(subject, { index, element }, 'Send true or false.');
    into[index] = element ? 1 : 0;
  }
  return into;
}

type SmallIntegerArray = InstanceType<(typeof SMALL_INTEGERS)[keyof typeof SMALL_INTEGERS]>;

function readIntegers(subject: Subject, data: readonly unknown[], into: SmallIntegerArray): TensorArray {
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    if (typeof element !== 'number') throw invalidElement(subject, { index, element }, 'Send whole numbers.');
    into[index] = element;
    // Typed arrays wrap and cut silently: what does not come back as it went in does not fit.
    if (into[index] !== element) throw invalidElement(subject, { index, element }, rangeAdvice(subject.datatype));
  }
  return into;
}

function readLongs(subject: Subject, data: readonly unknown[], into: BigInt64Array | BigUint64Array): TensorArray {
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    const isWhole = typeof element === 'bigint' || Number.isSafeInteger(element);
    if (!isWhole) throw invalidElement(subject, { index, element }, 'Send whole numbers, all digits written out.');
    const value = BigInt(element as bigint | number);
    into[index] = value;
    if (into[index] !== value) throw invalidElement(subject, { index, element }, rangeAdvice(subject.datatype));
  }
  return into;
}

function rangeAdvice(datatype: Datatype): string {
  const bits = BigInt(datatype.replace(/\D/g, ''));
  const [min, max] = datatype.startsWith('U') ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  return `${datatype} takes whole numbers from ${min} to ${max}.`;
}

function invalidElement({ name, datatype }: Subject, { index, element }: { readonly index: number; readonly element: unknown }, advice: string): AppError {
  return new AppError('TENSOR_DATA_INVALID', `tensor ${quoteName(name)}: ${datatype} element ${index} is ${shown(element)}. ${advice}`);
}

function shown(element: unknown): string {
  if (typeof element === 'string') return quoteName(element);
  if (typeof element !== 'object' || element === null) return String(element);
  return Array.isArray(element) ? 'an array' : 'an object';
}

/** The error of a tensor that JSON cannot carry; `why` says what of it. */
export function needsBinary(name: string, why: string): AppError {
  const advice = 'Use binary data: "binary_data_size" to send it, "binary_data": true to receive it.';
  return new AppError('TENSOR_NEEDS_BINARY', `tensor ${quoteName(name)}: ${why}. ${advice}`);
}
