import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** What runs inside Redis: name in code -> file under scripts/, whose name ends in its number of keys (`n` = one or more). */
const FILES = {
  accept: 'accept-2',
  addPart: 'add-part-3',
  closeJoin: 'close-join-1',
  complete: 'complete-6',
  dropPayloads: 'drop-payloads-3',
  due: 'due-1',
  epoch: 'epoch-1',
  forgetJoins: 'forget-joins-1',
  overdue: 'overdue-1',
  peek: 'peek-3',
  progress: 'progress-n',
  putPayload: 'put-payload-4',
  reportWorker: 'report-worker-1',
  watch: 'watch-2',
  withdraw: 'withdraw-2',
} as const;

export type ScriptName = keyof typeof FILES;

export interface RedisScript {
  readonly name: ScriptName;
  readonly lua: string;
  /** The name Redis keeps the script by. */
  readonly sha1: string;
  /** Undefined: any number, at least one. */
  readonly keyCount: number | undefined;
}

/** Reads every script. Throws when a file is missing: the installation is broken. */
export function loadScripts(): Readonly<Record<ScriptName, RedisScript>> {
  const prelude = read('prelude');
  const scripts = Object.entries(FILES).map(([name, file]) => [name, load(name as ScriptName, file, prelude)]);
  return Object.fromEntries(scripts) as Record<ScriptName, RedisScript>;
}

function load(name: ScriptName, file: string, prelude: string): RedisScript {
  const lua = `${prelude}\n${read(file)}`;
  const count = file.slice(file.lastIndexOf('-') + 1);
  return { name, lua, sha1: createHash('sha1').update(lua).digest('hex'), keyCount: count === 'n' ? undefined : Number(count) };
}

function read(file: string): string {
  return readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8');
}
