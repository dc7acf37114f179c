import { AppError } from '../errors/index.ts';
import type { Parameters, ParameterValue } from './infer.ts';
import { hasLongIntegers, isJsonObject, jsonText, parseJson, parseJsonExactly } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { quoteName } from './utf8.ts';

/** An Open Inference body taken apart: the parsed JSON, and the binary tensor data behind it. */
export interface OipBody {
  readonly json: JsonObject;
  readonly binary: Uint8Array;
  /** Whether there was an Inference-Header-Content-Length, so that tensors may have their data in `binary`. */
  readonly isBinary: boolean;
}

/** A body to send; `headerLength` is set when binary data follows the JSON, and then goes into Inference-Header-Content-Length. */
export interface EncodedBody {
  readonly body: Uint8Array;
  readonly headerLength: number | undefined;
}

/**
 * Parses the JSON of a body whose tensors stand in the member `tensors`.
 * Throws MALFORMED_BODY: not JSON, not an object, nested too deeply, or a header length that is no part of the body.
 */
export function parseOipBody(body: Uint8Array, headerLength: number | undefined, tensors: 'inputs' | 'outputs'): OipBody {
  const jsonLength = headerLength ?? body.length;
  if (!Number.isInteger(jsonLength) || jsonLength < 0 || jsonLength > body.length) {
    const facts = `Inference-Header-Content-Length is ${jsonLength}, but the body has ${body.length} bytes`;
    throw new AppError('MALFORMED_BODY', `${facts}. It must be the size of the JSON in front of the tensors.`);
  }
  if (jsonLength === 0) throw new AppError('MALFORMED_BODY', `the body is empty. Send {"${tensors}": [...]}.`);
  const text = jsonText(viewOf(body, 0, jsonLength));
  const fast = checkedRoot(parseJson(text), tensors);
  const json = mayLoseDigits(fast, tensors) && hasLongIntegers(text) ? checkedRoot(parseJsonExactly(text), tensors) : fast;
  return { json, binary: viewOf(body, jsonLength, body.length), isBinary: headerLength !== undefined };
}

/** A plain view; `subarray` of a Node Buffer would be a Buffer again, which behaves differently. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

function checkedRoot(json: unknown, tensors: string): JsonObject {
  if (!isJsonObject(json)) throw new AppError('MALFORMED_BODY', `the body is ${kindOf(json)}, not an object. Send {"${tensors}": [...]}.`);
  return json;
}

// The exact parser is several times slower, so it runs only where 64-bit integers can occur: 64-bit tensors and parameters.
function mayLoseDigits(json: JsonObject, tensors: string): boolean {
  const list = json[tensors];
  const isLong = (item: unknown): boolean => isJsonObject(item) && (item['datatype'] === 'INT64' || item['datatype'] === 'UINT64');
  return (isArray(list) && list.some(isLong)) || (json['parameters'] !== undefined && hasUnsafeNumber(json['parameters']));
}

function hasUnsafeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnsafeNumber);
}

/** How messages call a JSON value of the wrong kind. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

// Setting this key on an object changes the object's prototype instead.
const FORBIDDEN_KEY = '__proto__';

/** An optional text member. Here and below null counts as absent: some clients write every field. Throws MALFORMED_BODY. */
export function optionalText(owner: JsonObject, key: string): string | undefined {
  const value = owner[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new AppError('MALFORMED_BODY', `"${key}" is ${kindOf(value)}. Send a string.`);
}

/** An optional array member. Throws MALFORMED_BODY. */
export function optionalArray(owner: JsonObject, key: string): readonly unknown[] | undefined {
  const value = owner[key] ?? undefined;
  if (value === undefined || isArray(value)) return value;
  throw new AppError('MALFORMED_BODY', `"${key}" is ${kindOf(value)}. Send an array.`);
}

/** An optional object member. Throws MALFORMED_BODY. */
export function optionalObject(owner: JsonObject, key: string): JsonObject | undefined {
  const value = owner[key] ?? undefined;
  if (value === undefined || isJsonObject(value)) return value;
  throw new AppError('MALFORMED_BODY', `"${key}" is ${kindOf(value)}. Send an object.`);
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The name of a tensor. Throws MALFORMED_BODY when it is not a usable string. */
export function checkedName(item: JsonObject, where: string): string {
  const name = item['name'];
  if (typeof name !== 'string' || name === '') throw new AppError('MALFORMED_BODY', `${where} has no "name".`);
  if (name === FORBIDDEN_KEY) throw new AppError('MALFORMED_BODY', `${where} has the name ${quoteName(name)}, which is not allowed.`);
  return name;
}

/** Parameters as they came; those that are null count as not sent. Throws MALFORMED_BODY for `__proto__` at any depth. */
export function readParameters(owner: JsonObject): Record<string, ParameterValue> {
  const sent = optionalObject(owner, 'parameters') ?? {};
  const parameters: Record<string, ParameterValue> = {};
  for (const [key, value] of Object.entries(sent)) {
    checkKeys(key, value);
    if (value !== null) parameters[key] = value as ParameterValue;
  }
  return parameters;
}

function checkKeys(key: string, value: unknown): void {
  if (key === FORBIDDEN_KEY) throw new AppError('MALFORMED_BODY', `the parameter ${quoteName(key)} is not allowed.`);
  if (typeof value !== 'object' || value === null) return;
  for (const [inner, member] of Object.entries(value)) checkKeys(inner, member);
}

/** A parameter that must be true or false. Throws PARAMETER_INVALID. */
export function booleanParameter(parameters: Parameters | JsonObject, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw new AppError('PARAMETER_INVALID', `the parameter "${name}" is ${kindOf(value)}. Send true or false.`);
  return value;
}
