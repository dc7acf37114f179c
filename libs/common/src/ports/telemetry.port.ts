export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log. Per-request events are at most debug; info = milestone; warn = consequence and next step; error = what failed and why. */
export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}
