import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

it('pipelines/schema.json is what the grammar gives', () => {
  const run = (): string => execFileSync(process.execPath, ['--conditions=source', 'scripts/generate-schema.ts', '--check'], { encoding: 'utf8' });
  expect(run).not.toThrow();
});
