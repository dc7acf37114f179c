import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Log, LogFields, LogLevel } from '#common/ports';
import { prettyLine } from './pretty-line.ts';

export interface LogOptions {
  readonly level: LogLevel;
  /** `lines` for people at a terminal, `json` for everything that collects logs. */
  readonly form: 'json' | 'lines';
  /** Where each finished line goes, its newline included. */
  readonly destination: DestinationStream;
}

/** JSON lines: `{"level":"info","time":"2026-01-31T12:00:00.000Z","message":"..", ...fields}`. */
export function createLog(options: LogOptions): Log {
  return options.form === 'lines' ? new LineLog(options) : new PinoLog(options);
}

class PinoLog implements Log {
  private readonly logger;

  constructor({ level, destination }: LogOptions) {
    this.logger = pino(
      { level, base: null, messageKey: 'message', timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
      destination,
    );
  }

  write(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logger[level](fields, message);
  }
}

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

class LineLog implements Log {
  private readonly options: LogOptions;

  constructor(options: LogOptions) {
    this.options = options;
  }

  write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (SEVERITY[level] < SEVERITY[this.options.level]) return;
    this.options.destination.write(`${prettyLine({ at: new Date(), level, message, fields })}\n`);
  }
}
