import type { Environment } from '#common/config';

/** The environment of this process; the only place of the command line that reads it. */
export function readEnvironment(): Environment {
  return process.env;
}
