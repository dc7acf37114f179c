import { AppError } from '../errors/index.ts';
import { decodeUtf8 } from './utf8.ts';

/** Deepest nesting of arrays and objects taken from outside. */
const MAX_DEPTH = 64;

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a JSON body. Throws MALFORMED_BODY when it is not UTF-8 or nested too deeply. */
export function jsonText(bytes: Uint8Array): string {
  checkDepth(bytes);
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  throw new AppError('MALFORMED_BODY', 'the JSON is not UTF-8. Binary tensors need the header Inference-Header-Content-Length.');
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// Before parsing, because what is nested 30 million deep costs the parser gigabytes. UTF-8 has these ASCII bytes for nothing else.
function checkDepth(bytes: Uint8Array): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at++;
      while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    } else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > MAX_DEPTH) throw new AppError('MALFORMED_BODY', `the JSON is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}

/** Parses JSON the fast way: integers past 2^53 lose digits. Throws MALFORMED_BODY. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(text, error);
  }
}

function malformed(text: string, error: unknown): AppError {
  const literal = nonFiniteLiteral(text);
  if (literal !== undefined) {
    const advice = 'Send tensors with such values as binary data (binary_data_size, header Inference-Header-Content-Length)';
    return new AppError('MALFORMED_BODY', `${literal} is not JSON. ${advice}.`);
  }
  return new AppError('MALFORMED_BODY', `the body is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
}

// Steps from mark to mark instead of matching whole strings: one pattern over a string of megabytes overflows the engine's stack.
function nonFiniteLiteral(text: string): string | undefined {
  const mark = /"|-?\b(?:NaN|Infinity)\b/g;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    if (found[0] !== '"') return found[0];
    let at = mark.lastIndex;
    while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    mark.lastIndex = at + 1;
  }
  return undefined;
}

// More digits than any 64-bit integer has. Beyond them an integer stays a double: turning millions of digits into a BigInt takes minutes,
// and an unbounded pattern over them overflows the engine's stack.
const MOST_DIGITS = 40;

// An integer of 16 digits or more; also found inside strings, which costs a slower parse and nothing else.
const LONG_INTEGER = new RegExp(`[[,:\\s]-?\\d{16,${MOST_DIGITS}}[\\],}\\s]`);

/** Whether `parseJsonExactly` would find integers that `parseJson` loses digits of. */
export function hasLongIntegers(text: string): boolean {
  return LONG_INTEGER.test(text);
}

/** Parses JSON with every integer past 2^53 as a bigint. Several times slower than `parseJson`. */
export function parseJsonExactly(text: string): unknown {
  const reviver = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? '';
    return source.length <= MOST_DIGITS && /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, reviver);
}

/** `JSON.stringify` with bigints as plain integers. Undefined members are left out; NaN and infinities, which JSON lacks, become null. */
export function writeJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map((item: unknown) => writeJson(item)).join(',')}]`;
  if (isJsonObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
