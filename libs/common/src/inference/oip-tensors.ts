import { AppError, nearestName } from '../errors/index.ts';
import { checkTensorBytes } from './check.ts';
import { isJsonObject, writeJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { checkedName, isArray, kindOf, optionalObject, viewOf } from './oip-body.ts';
import type { EncodedBody, OipBody } from './oip-body.ts';
import { DATATYPES, isDatatype } from './tensor.ts';
import type { NamedTensors, Tensor } from './tensor.ts';
import { tensorFromJson } from './tensor-from-json.ts';
import type { TensorType } from './tensor-from-json.ts';
import { tensorToJson } from './tensor-to-json.ts';
import { encodeUtf8, quoteName } from './utf8.ts';

/**
 * The tensors of a body in the order of their JSON: `data` from there, binary data (B1) as views of the body, in the same order.
 * Every tensor that comes out is whole (`checkTensorBytes`). Throws MALFORMED_BODY or a TENSOR_* error naming the tensor.
 */
export function readTensors(body: OipBody, member: 'inputs' | 'outputs'): NamedTensors {
  const items = body.json[member];
  if (!isArray(items)) throw new AppError('MALFORMED_BODY', `"${member}" is ${kindOf(items)}. Send an array of tensors.`);
  const tensors: Record<string, Tensor> = {};
  let at = 0;
  let lastBinary = '';
  items.forEach((item, index) => {
    const where = `${member}[${index}]`;
    if (!isJsonObject(item)) throw new AppError('MALFORMED_BODY', `${where} is ${kindOf(item)}. Send {"name", "datatype", "shape", "data"}.`);
    const name = checkedName(item, where);
    if (Object.hasOwn(tensors, name)) throw new AppError('MALFORMED_BODY', `tensor ${quoteName(name)} is there twice.`);
    const size = binarySize(name, item);
    tensors[name] = size === undefined ? fromJson(name, item, body) : fromBinary({ name, item, body, at, size });
    if (size === undefined) return;
    at += size;
    lastBinary = name;
  });
  if (at < body.binary.length) throw leftOver(body.binary.length - at, lastBinary);
  return tensors;
}

function leftOver(bytes: number, lastBinary: string): AppError {
  if (lastBinary === '') return new AppError('MALFORMED_BODY', `${bytes} bytes follow the JSON, but no tensor has "binary_data_size".`);
  const what = `${bytes} bytes are left after tensor ${quoteName(lastBinary)}, the last with "binary_data_size"`;
  return new AppError('TENSOR_DATA_INVALID', `${what}. Make the sizes add up to the body.`);
}

function binarySize(name: string, item: JsonObject): number | undefined {
  const size = optionalObject(item, 'parameters')?.['binary_data_size'];
  if (size === undefined || size === null) return undefined;
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number;
  throw malformed(name, '"binary_data_size" is not a number of bytes.');
}

const DATATYPE_NAMES = Object.keys(DATATYPES);
const ONE_OF_THEM = `Send one of ${DATATYPE_NAMES.join(', ')}.`;

function readType(name: string, item: JsonObject): TensorType {
  const { datatype, shape } = item;
  if (typeof datatype !== 'string') throw malformed(name, `"datatype" is ${kindOf(datatype)}. ${ONE_OF_THEM}`);
  if (!isDatatype(datatype)) throw unknownDatatype(name, datatype);
  if (!isArray(shape)) throw malformed(name, `"shape" is ${kindOf(shape)}. Send an array of numbers.`);
  const odd = shape.findIndex((dim) => typeof dim !== 'number');
  if (odd >= 0) throw malformed(name, `"shape" has ${kindOf(shape[odd])} in dimension ${odd}. Send numbers.`);
  return { datatype, shape: shape as readonly number[] };
}

function malformed(name: string, what: string): AppError {
  return new AppError('MALFORMED_BODY', `tensor ${quoteName(name)}: ${what}`);
}

function unknownDatatype(name: string, datatype: string): AppError {
  const nearest = datatype.length > 16 ? undefined : nearestName(datatype.toUpperCase(), DATATYPE_NAMES);
  const hint = nearest === undefined ? ONE_OF_THEM : `Did you mean "${nearest}"?`;
  return new AppError('TENSOR_DATATYPE_MISMATCH', `tensor ${quoteName(name)}: there is no datatype ${quoteName(datatype)}. ${hint}`);
}

function fromJson(name: string, item: JsonObject, body: OipBody): Tensor {
  const data = item['data'];
  if (isArray(data)) return tensorFromJson(name, readType(name, item), data);
  const inBinary = 'Send "data", or parameters.binary_data_size with the bytes after the JSON.';
  const inJson = 'Send an array; binary data needs the header Inference-Header-Content-Length.';
  throw malformed(name, `"data" is ${kindOf(data)}. ${body.isBinary ? inBinary : inJson}`);
}

interface BinaryItem {
  readonly name: string;
  readonly item: JsonObject;
  readonly body: OipBody;
  /** Where the tensor begins in the binary data, and its size. */
  readonly at: number;
  readonly size: number;
}

function fromBinary({ name, item, body, at, size }: BinaryItem): Tensor {
  if (!body.isBinary) throw malformed(name, '"binary_data_size" is set, but the header Inference-Header-Content-Length is missing.');
  if (item['data'] !== undefined && item['data'] !== null) throw malformed(name, '"data" and "binary_data_size" are both there. Send one.');
  const left = body.binary.length - at;
  if (size > left) throw new AppError('TENSOR_DATA_INVALID', `tensor ${quoteName(name)}: "binary_data_size" is ${size}, but only ${left} bytes are left in the body.`);
  const tensor = { ...readType(name, item), bytes: viewOf(body.binary, at, at + size) };
  checkTensorBytes(name, tensor);
  return tensor;
}

/** One tensor to write, and how. */
export interface TensorToWrite {
  readonly name: string;
  readonly tensor: Tensor;
  readonly form: 'json' | 'binary';
}

/** The body of `head` (JSON members without their braces, each followed by a comma) with the tensors behind it under `member`. */
export function writeTensors(head: string, member: 'inputs' | 'outputs', tensors: readonly TensorToWrite[], tail = ''): EncodedBody {
  const json = encodeUtf8(`{${head}"${member}":[${tensors.map(tensorItem).join(',')}]${tail}}`);
  const binary = tensors.filter(({ form }) => form === 'binary').map(({ tensor }) => tensor.bytes);
  if (binary.length === 0) return { body: json, headerLength: undefined };
  return { body: joined([json, ...binary]), headerLength: json.length };
}

function tensorItem({ name, tensor, form }: TensorToWrite): string {
  const head = `{"name":${JSON.stringify(name)},"datatype":"${tensor.datatype}","shape":[${tensor.shape.join(',')}]`;
  if (form === 'binary') return `${head},"parameters":{"binary_data_size":${tensor.bytes.length}}}`;
  return `${head},"data":${tensorToJson(name, tensor)}}`;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    body.set(part, at);
    at += part.length;
  }
  return body;
}

/** A member as it stands in a body, with its comma, or nothing when there is no value. */
export function jsonMember(name: string, value: unknown): string {
  return value === undefined ? '' : `"${name}":${writeJson(value)},`;
}
