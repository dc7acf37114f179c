import type { LoggerService } from '@nestjs/common';
import type { Log, LogLevel } from '#common/ports';

/** Nest's own messages through our log. What Nest calls `log` is start-up chatter, so it becomes debug. */
export class NestLogger implements LoggerService {
  private readonly sink: Log;

  constructor(sink: Log) {
    this.sink = sink;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.pass('debug', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.pass('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.pass('debug', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.pass('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.pass('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.pass('error', message, rest);
  }

  /** Nest calls with (message, context) or (message, stack, context); the last text is the context. */
  private pass(level: LogLevel, message: unknown, rest: readonly unknown[]): void {
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    const words = rest.filter((item): item is string => typeof item === 'string');
    const context = words.at(-1);
    const stack = words.length > 1 ? words[0] : undefined;
    this.sink.write(level, text, { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) });
  }
}
