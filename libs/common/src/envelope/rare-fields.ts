import type { ErrorCode, ErrorInfo } from '../errors/index.ts';
import type { Parameters } from '../inference/index.ts';
import { invalidMessage } from './message-reader.ts';
import { parseRareJson, writeRareJson } from './rare-json.ts';

/** The fields that most messages do not have; JSON in the message, an empty string when there are none. */
export interface RareFields {
  readonly parameters?: Parameters;
  readonly lastError?: ErrorInfo;
  readonly error?: ErrorInfo;
}

export function writeRareFields(parameters: Parameters, lastError: ErrorInfo | undefined): string {
  const hasParameters = Object.keys(parameters).length > 0;
  if (!hasParameters && lastError === undefined) return '';
  return writeRareJson({ parameters: hasParameters ? parameters : undefined, lastError });
}

type Loose = Readonly<Record<string, unknown>>;

/** Throws ENVELOPE_INVALID when the text is not what `writeRareFields` writes. */
export function readRareFields(text: string): RareFields {
  if (text === '') return {};
  const fields = parsed(text);
  if (!isObject(fields)) throw invalidMessage('its rare fields are not an object');
  const { parameters, lastError, error } = fields;
  if (parameters !== undefined && !isObject(parameters)) throw invalidMessage('its parameters are not an object');
  return {
    ...(parameters === undefined ? {} : { parameters: parameters as Parameters }),
    ...(lastError === undefined ? {} : { lastError: checkedError(lastError) }),
    ...(error === undefined ? {} : { error: checkedError(error) }),
  };
}

function parsed(text: string): unknown {
  try {
    return parseRareJson(text);
  } catch {
    throw invalidMessage('its rare fields are not JSON');
  }
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkedError(value: unknown): ErrorInfo {
  if (!isObject(value)) throw invalidMessage('its error is not an object');
  const { code, message, retryable, stage, reason } = value;
  const isWhole = typeof code === 'string' && typeof message === 'string' && typeof retryable === 'boolean';
  if (!isWhole || !isOptionalText(stage) || !isOptionalText(reason)) throw invalidMessage('its error lacks a code, a message or a mark');
  // A code this Millrace does not know (from a newer writer) is kept as it is: `fromErrorInfo` deals with it.
  return { code: code as ErrorCode, message, retryable, ...(stage === undefined ? {} : { stage }), ...(reason === undefined ? {} : { reason }) };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}
