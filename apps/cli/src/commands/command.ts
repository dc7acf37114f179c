import type { Console } from '../output/console.ts';
import type { ExitCode } from '../exit-codes.ts';

/** What every command gets besides its own options. */
export interface CommandContext {
  readonly console: Console;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** A command's body: does its work and says how the process ends. Thrown AppErrors are printed by the caller. */
export type CommandBody<Options> = (options: Options, context: CommandContext) => Promise<ExitCode>;
