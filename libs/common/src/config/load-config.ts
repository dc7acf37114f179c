import { AppError, nearestName } from '#common/errors';
import { SETTINGS } from './env.ts';
import type { Config } from './env.ts';
import type { Loaded, Setting, Settings } from './setting.ts';

const OWN_NAMES = 'MILLRACE_';

/** The environment, and whatever else is laid over it (command-line flags under their variable's name). */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting of the table from the environment. Values are refused, never corrected; all problems are reported at once.
 * @throws CONFIG_INVALID listing each variable with its value and what is wrong; a name that starts with MILLRACE_ and is unknown is a problem too.
 */
export function loadSettings<const Table extends Settings>(table: Table, environment: Environment): Loaded<Table> {
  const problems: string[] = [];
  const entries = Object.entries(table).map(([key, setting]) => [key, readSetting(setting, environment, problems)] as const);
  problems.push(...unknownNames(table, environment));
  if (problems.length > 0) throw new AppError('CONFIG_INVALID', describe(problems));
  return Object.freeze(Object.fromEntries(entries)) as Loaded<Table>;
}

/** The settings of every Millrace process. @throws CONFIG_INVALID */
export function loadConfig(environment: Environment): Config {
  return loadSettings(SETTINGS, environment);
}

function readSetting(setting: Setting, environment: Environment, problems: string[]): unknown {
  const given = environment[setting.name];
  const raw = given ?? setting.default;
  if (raw === undefined) return undefined;
  const parsed = setting.schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) problems.push(`${setting.name}="${raw}": ${issue.message}`);
  return undefined;
}

function unknownNames(table: Settings, environment: Environment): string[] {
  const known = Object.values(table).map((setting) => setting.name);
  const unknown = Object.keys(environment).filter((name) => name.startsWith(OWN_NAMES) && !known.includes(name as Setting['name']));
  return unknown.sort().map((name) => {
    const meant = nearestName(name, known);
    return `${name}: unknown name.${meant === undefined ? '' : ` Did you mean ${meant}?`}`;
  });
}

function describe(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return `${count}, nothing started:\n${problems.map((problem) => `  ${problem}`).join('\n')}`;
}
