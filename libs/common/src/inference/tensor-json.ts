import { AppError } from '../errors/index.ts';
import { checkedElementCount } from './check.ts';
import { shortestFloat32 } from './float32-decimal.ts';
import { formatTensorType } from './tensor.ts';
import type { Datatype, Tensor } from './tensor.ts';
import { bytesElements, bytesTensor } from './tensor-raw.ts';
import { bytesOf, toTypedArray } from './typed-array.ts';
import type { TensorArray } from './typed-array.ts';
import { decodeUtf8, isWellFormedText, quoteName } from './utf8.ts';

/**
 * A tensor from the `data` of a JSON body, nested like the shape or flat. 64-bit integers past 2^53 must come as bigint.
 * Throws TENSOR_SHAPE_MISMATCH, TENSOR_DATA_INVALID (with the index of the element) or TENSOR_NEEDS_BINARY (FP16, BF16).
 */
export function tensorFromJson(name: string, type: { readonly datatype: Datatype; readonly shape: readonly number[] }, data: readonly unknown[]): Tensor {
  const { datatype, shape } = type;
  const count = checkedElementCount(name, shape);
  const flat = Array.isArray(data[0]) ? flatten(name, shape, data) : data;
  if (flat.length !== count) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: ${formatTensorType(type)} has ${count} elements, got ${flat.length} in "data".`);
  }
  if (datatype === 'BYTES') return bytesTensor(shape, flat.map((element, index) => checkedText(name, index, element)));
  return { datatype, shape, bytes: bytesOf(readElements(name, datatype, flat)) };
}

function flatten(name: string, shape: readonly number[], data: readonly unknown[]): unknown[] {
  const flat: unknown[] = [];
  const visit = (level: readonly unknown[], axis: number): void => {
    if (level.length !== shape[axis]) throw ragged(name, shape, axis, level.length);
    if (axis === shape.length - 1) {
      for (const element of level) flat.push(element);
      return;
    }
    for (const inner of level) {
      if (!Array.isArray(inner)) throw new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: "data" mixes arrays and values. Send it flat or nested like the shape.`);
      visit(inner as unknown[], axis + 1);
    }
  };
  visit(data, 0);
  return flat;
}

function ragged(name: string, shape: readonly number[], axis: number, length: number): AppError {
  return new AppError('TENSOR_SHAPE_MISMATCH', `tensor ${quoteName(name)}: "data" has an array of ${length} in dimension ${axis} of shape [${shape.join(', ')}]. Send it flat or nested like the shape.`);
}

function checkedText(name: string, index: number, element: unknown): string {
  if (typeof element !== 'string') throw invalidElement(name, 'BYTES', index, element, 'Send strings, or binary data.');
  if (!isWellFormedText(element)) throw invalidElement(name, 'BYTES', index, element, 'It holds half a surrogate pair; send binary data.');
  return element;
}

function readElements(name: string, datatype: Exclude<Datatype, 'BYTES'>, data: readonly unknown[]): TensorArray {
  switch (datatype) {
    case 'FP32':
      return readFloats(name, datatype, data, new Float32Array(data.length));
    case 'FP64':
      return readFloats(name, datatype, data, new Float64Array(data.length));
    case 'BOOL':
      return readBooleans(name, data);
    case 'INT64':
      return readLongs(name, datatype, data, new BigInt64Array(data.length));
    case 'UINT64':
      return readLongs(name, datatype, data, new BigUint64Array(data.length));
    case 'FP16':
    case 'BF16':
      throw needsBinary(name, `${datatype} has no JSON form`);
    default:
      return readIntegers(name, datatype, data);
  }
}

function readFloats<A extends Float32Array | Float64Array>(name: string, datatype: Datatype, data: readonly unknown[], into: A): A {
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    const value = typeof element === 'bigint' ? Number(element) : element;
    if (typeof value !== 'number') throw invalidElement(name, datatype, index, element, 'Send numbers.');
    into[index] = value;
    // What is finite in the text may be too large for the datatype.
    if (!Number.isFinite(into[index])) throw invalidElement(name, datatype, index, element, `It is too large for ${datatype}.`);
  }
  return into;
}

function readBooleans(name: string, data: readonly unknown[]): Uint8Array {
  const into = new Uint8Array(data.length);
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    if (typeof element !== 'boolean') throw invalidElement(name, 'BOOL', index, element, 'Send true or false.');
    into[index] = element ? 1 : 0;
  }
  return into;
}

type SmallInteger = 'INT8' | 'INT16' | 'INT32' | 'UINT8' | 'UINT16' | 'UINT32';

const SMALL_INTEGERS = {
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
} as const;

function readIntegers(name: string, datatype: SmallInteger, data: readonly unknown[]): TensorArray {
  const into = new SMALL_INTEGERS[datatype](data.length);
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    if (typeof element !== 'number') throw invalidElement(name, datatype, index, element, 'Send whole numbers.');
    into[index] = element;
    // Typed arrays wrap and cut silently: what does not come back as it went in does not fit.
    if (into[index] !== element) throw invalidElement(name, datatype, index, element, `${datatype} takes ${rangeOf(datatype)}.`);
  }
  return into;
}

function readLongs<A extends BigInt64Array | BigUint64Array>(name: string, datatype: 'INT64' | 'UINT64', data: readonly unknown[], into: A): A {
  for (let index = 0; index < data.length; index++) {
    const element = data[index];
    const isWhole = typeof element === 'bigint' || Number.isSafeInteger(element);
    if (!isWhole) throw invalidElement(name, datatype, index, element, 'Send whole numbers, all digits written out.');
    const value = BigInt(element as bigint | number);
    into[index] = value;
    if (into[index] !== value) throw invalidElement(name, datatype, index, element, `${datatype} takes ${rangeOf(datatype)}.`);
  }
  return into;
}

function rangeOf(datatype: SmallInteger | 'INT64' | 'UINT64'): string {
  const signed = datatype.startsWith('INT');
  const bits = BigInt(datatype.replace(/\D/g, ''));
  return signed ? `whole numbers from ${-(1n << (bits - 1n))} to ${(1n << (bits - 1n)) - 1n}` : `whole numbers from 0 to ${(1n << bits) - 1n}`;
}

function invalidElement(name: string, datatype: Datatype, index: number, element: unknown, advice: string): AppError {
  const shown = typeof element === 'string' ? quoteName(element) : typeof element === 'object' ? jsonKind(element) : String(element);
  return new AppError('TENSOR_DATA_INVALID', `tensor ${quoteName(name)}: ${datatype} element ${index} is ${shown}. ${advice}`);
}

function jsonKind(value: object | null): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : 'an object';
}

function needsBinary(name: string, why: string): AppError {
  return new AppError('TENSOR_NEEDS_BINARY', `tensor ${quoteName(name)}: ${why}. Use binary data: "binary_data_size" to send it, "binary_data": true to receive it.`);
}

/**
 * The `data` of a tensor as JSON text, flat and row-major. Exact: FP32 in the shortest decimals that round back, 64-bit integers in full.
 * Throws TENSOR_NEEDS_BINARY for FP16, BF16, NaN, infinities, and BYTES that are not UTF-8.
 */
export function tensorToJson(name: string, tensor: Tensor): string {
  switch (tensor.datatype) {
    case 'BYTES':
      return JSON.stringify(bytesElements(tensor).map((element, index) => checkedUtf8(name, index, element)));
    case 'FP16':
    case 'BF16':
      throw needsBinary(name, `${tensor.datatype} has no JSON form`);
    case 'FP32':
      return writeFloats(name, toTypedArray(tensor) as Float32Array, shortestFloat32);
    case 'FP64':
      return writeFloats(name, toTypedArray(tensor) as Float64Array, (value) => value);
    case 'BOOL':
      return `[${Array.from(tensor.bytes, (byte) => byte !== 0).join(',')}]`;
    default:
      return `[${toTypedArray(tensor).toString()}]`;
  }
}

function checkedUtf8(name: string, index: number, element: Uint8Array): string {
  const text = decodeUtf8(element);
  if (text === undefined) throw needsBinary(name, `BYTES element ${index} is not UTF-8`);
  return text;
}

function writeFloats(name: string, array: Float32Array | Float64Array, shortest: (value: number) => number): string {
  let text = '[';
  for (let index = 0; index < array.length; index++) {
    const value = array[index] ?? 0;
    if (!Number.isFinite(value)) throw needsBinary(name, `element ${index} is ${value}, which JSON cannot carry`);
    if (index > 0) text += ',';
    text += value === 0 && 1 / value < 0 ? '-0.0' : String(shortest(value));
  }
  return `${text}]`;
}
