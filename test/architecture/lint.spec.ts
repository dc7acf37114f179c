import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import path from 'node:path';

import { LINT_CLEAN, LINT_PLANTS } from './lint-plants.ts';
import { ROOT, plantTree, runTool } from './planted-tree.ts';

interface LintedFile {
  readonly filePath: string;
  readonly messages: readonly { readonly message: string; readonly line: number }[];
}

const MINUTE_MS = 60_000;

const lint = async (folder: string, ...files: string[]): Promise<readonly LintedFile[]> =>
  JSON.parse(await runTool('eslint/bin/eslint.js', ['--format', 'json', ...files], folder)) as LintedFile[];

describe('the rules of the linter', () => {
  it('hold in the whole tree', async () => {
    const files = await lint(ROOT, '.');
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(({ filePath, messages }) => messages.map(({ message, line }) => `${path.relative(ROOT, filePath)}:${line} ${message}`))).toEqual([]);
  }, MINUTE_MS);
});

describe('a planted file', () => {
  let folder: string;
  const messages = new Map<string, string>();

  beforeAll(async () => {
    const plants = [...LINT_PLANTS, ...LINT_CLEAN];
    folder = await plantTree('lint', plants);
    for (const linted of await lint(folder, ...plants.map(({ file }) => file))) {
      messages.set(path.relative(folder, linted.filePath), linted.messages.map(({ message }) => message).join('\n'));
    }
  }, MINUTE_MS);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(LINT_PLANTS.map(({ rule, file }) => [file, rule]))('%s is refused: %s', (file, rule) => {
    expect(messages.get(file)).toContain(rule);
  });

  it.each(LINT_CLEAN.map(({ file }) => [file]))('%s, which may do what it does, is left alone', (file) => {
    expect(messages.get(file)).toBe('');
  });
});
