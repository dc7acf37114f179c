import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';

import type { Plant } from './planted-tree.ts';
import { ROOT, plantTree, runTool } from './planted-tree.ts';

const MINUTE_MS = 60_000;
const TSC = 'tsc7/bin/tsc';
const DOMAIN = 'libs/common/src/pipeline';

const PLANTS: readonly Plant[] = [
  { rule: "TS2591: Cannot find name 'process'", file: `${DOMAIN}/process.ts`, text: 'export const id = process.pid;\n' },
  { rule: "TS2591: Cannot find name 'Buffer'", file: `${DOMAIN}/buffer.ts`, text: "export const bytes = Buffer.from('x');\n" },
  { rule: "TS2584: Cannot find name 'console'", file: `${DOMAIN}/console.ts`, text: "console.log('x');\n" },
  { rule: "TS2304: Cannot find name 'setTimeout'", file: `${DOMAIN}/timer.ts`, text: 'setTimeout(() => {}, 1);\n' },
  { rule: "TS2304: Cannot find name 'fetch'", file: `${DOMAIN}/fetch.ts`, text: "export const answer = fetch('http://x');\n" },
  { rule: 'TS2882', file: `${DOMAIN}/node.ts`, text: "import 'node:fs';\n" },
  { rule: 'TS6307', file: `${DOMAIN}/adapter.ts`, text: "import '#common/adapters/system';\n" },
  { rule: 'TS6307', file: 'apps/ingress/src/app.ts', text: "import '#apps/stage-worker';\n" },
  { rule: 'TS2307', file: 'apps/ingress/src/deep.ts', text: "import { compile } from '#common/pipeline/compile';\nexport { compile };\n" },
  { rule: 'TS1294', file: 'apps/ingress/src/enum.ts', text: 'export enum Color { Red }\n' },
  { rule: 'TS1484', file: 'apps/ingress/src/type-import.ts', text: "import { Clock } from '#common/ports';\nexport type Same = Clock;\n" },
  { rule: 'TS2532', file: 'apps/ingress/src/index-access.ts', text: 'export const first = (list: { a: number }[]): number => list[0].a;\n' },
];

describe('the TypeScript projects', () => {
  it('compile as a whole, specs included', async () => {
    expect(await runTool(TSC, ['-b'], ROOT)).toBe('');
  }, MINUTE_MS);
});

describe('a planted file', () => {
  let folder: string;
  let output: readonly string[];

  beforeAll(async () => {
    folder = await plantTree('types', PLANTS);
    output = (await runTool(TSC, ['-b', 'libs/common/tsconfig.domain.json', 'apps/ingress'], folder)).split('\n');
  }, MINUTE_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(PLANTS.map(({ rule, file }) => [file, rule]))('%s does not compile: %s', (file, rule) => {
    expect(output.filter((line) => line.startsWith(`${file}(`)).join('\n')).toContain(rule);
  });
});
