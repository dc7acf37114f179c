import { styleText } from 'node:util';
import type { LogFields, LogLevel } from '#common/ports';

export interface LogEvent {
  readonly at: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

const COLOURS = { debug: 'gray', info: 'cyan', warn: 'yellow', error: 'red' } as const satisfies Readonly<Record<LogLevel, string>>;

/** `12:00:00.000 warn  message  key=value other="two words"`. Colours follow NO_COLOR and whether the stream is a terminal. */
export function prettyLine({ at, level, message, fields }: LogEvent): string {
  const time = styleText('gray', at.toISOString().slice(11, 23));
  const word = styleText(COLOURS[level], level.padEnd(5));
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  const tail = pairs.map(([key, value]) => ` ${styleText('gray', `${key}=`)}${showValue(value)}`).join('');
  return `${time} ${word} ${message}${tail === '' ? '' : ` ${tail}`}`;
}

function showValue(value: LogFields[string]): string {
  const shown = String(value);
  return /^[\w.:/@%+-]+$/.test(shown) ? shown : JSON.stringify(shown);
}
