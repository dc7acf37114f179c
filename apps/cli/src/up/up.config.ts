import { loadConfig } from '#common/config';
import type { Config } from '#common/config';

/** The environment of this process; the only place of the command line that reads it. */
export function readConfig(): Config {
  return loadConfig(process.env);
}

/** What executors may inherit is chosen from this by the pool's own allow-list. */
export function readEnvironment(): NodeJS.ProcessEnv {
  return process.env;
}
