/** Exit codes of every command; documented in docs/reference/cli.md. */
export const EXIT = {
  ok: 0,
  /** The command ran and what it asked for failed: a request ended in an error, a load run had errors. */
  failed: 1,
  /** Wrong usage: options, files or settings that must be changed before it can work. */
  usage: 2,
  /** No server answered. */
  unreachable: 3,
  /** Stopped by Ctrl-C or SIGTERM before it was done. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
