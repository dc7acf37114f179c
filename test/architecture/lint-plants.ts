import type { Plant } from './planted-tree.ts';

const DOMAIN = 'libs/common/src/pipeline';
const CORE = 'apps/stage-worker/src/worker';
const EDGE = 'apps/ingress/src/rest';

const plant = (rule: string, file: string, text: string): Plant => ({ rule, file, text: `${text}\n` });

/** One violation for each rule of the linter, with a part of the message it must give. */
export const LINT_PLANTS: readonly Plant[] = [
  plant('does not belong to any known element', 'libs/common/src/toolbox/planted.ts', 'export {};'),
  plant('does not belong to any known element', 'apps/ingress/src/somewhere/planted.ts', 'export {};'),
  plant('Name what the file does', `${DOMAIN}/utils.ts`, 'export {};'),
  plant('Name what the file does', `${EDGE}/tensor.helpers.ts`, 'export {};'),
  plant('Name what the file does', `${CORE}/misc/planted.ts`, 'export {};'),
  plant('Unexpected any', `${EDGE}/any.ts`, 'export const value: any = 1;'),
  plant('no `export *`', `${DOMAIN}/star.ts`, "export * from './spec.ts';"),
  plant('An enum is not erasable', `${EDGE}/enum.ts`, 'export enum Color { Red }'),
  plant("Unexpected 'todo' comment", `${EDGE}/todo.ts`, '// TODO later\nexport {};'),
  plant('Unexpected console', `${EDGE}/console.ts`, "console.log('x');"),

  plant('Clock port', `${DOMAIN}/date-now.ts`, 'export const now = Date.now();'),
  plant('Clock port', `${EDGE}/date-now.ts`, 'export const now = Date.now();'),
  plant('Clock port', `${DOMAIN}/new-date.ts`, 'export const now = new Date();'),
  plant('Clock port', `${CORE}/performance.ts`, 'export const now = performance.now();'),
  plant('Timers come through', `${CORE}/timeout.ts`, 'setTimeout(() => {}, 1);'),
  plant('Timers come through', `${CORE}/interval.ts`, 'setInterval(() => {}, 1);'),
  plant('Random port', `${EDGE}/random.ts`, 'export const chance = Math.random();'),
  plant('Random port', `${CORE}/uuid.ts`, 'export const id = crypto.randomUUID();'),
  plant('Random port', `${CORE}/bytes.ts`, 'crypto.getRandomValues(new Uint8Array(1));'),
  plant('The environment is read in', `${EDGE}/environment.ts`, 'export const port = process.env.PORT;'),
  plant('Clock port', 'apps/ingress/src/planted.config.ts', 'export const now = Date.now();'),
  plant('A port is types only', 'libs/common/src/ports/planted.ts', 'export const VALUE = 1;'),
  plant('a table is sorted by key', 'apps/autoscaler/src/actuators/registry.ts', 'export const ACTUATORS = { process: 1, dry: 2 };'),
  plant('a table is sorted by key', 'libs/common/src/errors/codes.ts', 'export const ERROR_CODES = { B: 1, A: 2 } as const satisfies Record<string, number>;'),
];

/** What the same rules must leave alone. */
export const LINT_CLEAN: readonly Plant[] = [
  plant('', 'apps/ingress/src/clean.config.ts', 'export const port = process.env.PORT;'),
  plant('', 'libs/common/src/adapters/embedded/clean.ts', 'setTimeout(() => performance.now(), 1);'),
  plant('', 'apps/stage-worker/src/pool/registry.ts', 'export const HOSTS = { process: 1, thread: 2 };'),
  plant('', `${DOMAIN}/clean.ts`, 'export const shown = (atMs: number): string => new Date(atMs).toISOString();'),
];
