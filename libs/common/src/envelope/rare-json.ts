/**
 * JSON for the rare, free-form fields of a message (parameters, errors), exact where `JSON` is not: a bigint is written as its digits and `e0`,
 * NaN as `0e999` and infinities as `1e999`. All three are JSON numbers that no other writer produces, so nothing needs escaping.
 * Undefined members are left out.
 */
export function writeRareJson(value: unknown): string {
  if (typeof value === 'bigint') return `${value}e0`;
  if (typeof value === 'number') return writeNumber(value);
  if (Array.isArray(value)) return `[${value.map((item: unknown) => writeRareJson(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${writeRareJson(member)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

function writeNumber(value: number): string {
  if (Number.isNaN(value)) return '0e999';
  if (!Number.isFinite(value)) return value > 0 ? '1e999' : '-1e999';
  return Object.is(value, -0) ? '-0' : String(value);
}

const MARKED_NUMBER = /\de0|0e999/;
const BIGINT = /^-?\d+e0$/;

/** The way back. Throws a SyntaxError where the text is not JSON. */
export function parseRareJson(text: string): unknown {
  if (!MARKED_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || source === undefined) return value;
    if (source === '0e999') return Number.NaN;
    return BIGINT.test(source) ? BigInt(source.slice(0, -2)) : value;
  });
}
