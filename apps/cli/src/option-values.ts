import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `2m`, `1h` as milliseconds. Throws what commander prints with the option's name. */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unit === undefined) throw new InvalidArgumentError(`"${text}" is not a time like 500ms, 10s or 2m.`);
  return Number(match[1]) * unit;
}

/** A number above 0, fractions allowed. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError(`"${text}" is not a number above 0.`);
  return value;
}

export function wholeFromOne(text: string): number {
  return wholeNumber(text, 1);
}

export function wholeFromZero(text: string): number {
  return wholeNumber(text, 0);
}

function wholeNumber(text: string, least: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least)) throw new InvalidArgumentError(`"${text}" is not a whole number from ${least}.`);
  return value;
}

/** The address of a server: scheme, host and port, nothing behind them. */
export function serverUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new InvalidArgumentError(`"${text}" is not an address like http://127.0.0.1:8080.`);
  }
  if (url.pathname !== '/' || url.search !== '') throw new InvalidArgumentError(`"${text}" has a path. Give the server alone, as in ${url.origin}.`);
  return url.origin;
}
