import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

import { IMPORT_PLANTS, homePlant } from './import-plants.ts';
import { ROOT, plantTree, runTool } from './planted-tree.ts';

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}
interface Cruise {
  readonly summary: { readonly violations: readonly Violation[]; readonly totalDependenciesCruised: number };
}
interface Rule {
  readonly name: string;
  readonly comment: string;
}

const SETTINGS = '.dependency-cruiser.cjs';
const MINUTE_MS = 60_000;
const rules = (createRequire(import.meta.url)(path.join(ROOT, SETTINGS)) as { forbidden: readonly Rule[] }).forbidden;
// Each rule of a package's home begins its comment with the package's name.
const homes = rules.filter(({ name }) => name.startsWith('home-of-')).map(({ name, comment }) => homePlant(name, comment.split(' ')[0] ?? ''));
const plants = [...IMPORT_PLANTS, ...homes];

const cruise = async (folder: string, ...parts: string[]): Promise<Cruise['summary']> => {
  const output = await runTool('dependency-cruiser/bin/dependency-cruiser.mjs', [...parts, '--config', SETTINGS, '--output-type', 'json'], folder);
  return (JSON.parse(output) as Cruise).summary;
};

describe('the directions of imports', () => {
  it('hold in the whole tree, which the tool really reads', async () => {
    const { violations, totalDependenciesCruised } = await cruise(ROOT, 'libs', 'apps', 'test');
    expect(violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(totalDependenciesCruised).toBeGreaterThan(500);
  }, MINUTE_MS);

  it('have a planted violation for each rule', () => {
    expect(plants.map(({ rule }) => rule).sort()).toEqual(rules.map(({ name }) => name).sort());
  });

  it('have a reason with each rule', () => {
    expect(rules.filter(({ comment }) => comment.length < 20)).toEqual([]);
  });
});

describe('a planted violation', () => {
  let folder: string;
  let violations: readonly Violation[];

  beforeAll(async () => {
    folder = await plantTree('imports', plants);
    violations = (await cruise(folder, 'libs', 'apps')).violations;
  }, MINUTE_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(plants.map(({ rule, file }) => [rule, file]))('of %s is caught by that name', (rule, file) => {
    expect(violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });
});
