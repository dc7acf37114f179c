import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { PIPELINE_RULES } from '#common/pipeline';
import type { PipelineRule } from '#common/pipeline';
import type { LoadedPipeline } from '#common/ports';
import { MODELS } from '../../../../../pipelines/invalid/files/make-models.ts';
import { PipelineFiles } from './pipeline-files.ts';

const FOLDER = 'pipelines/invalid';
const FIRST_TWIN = 'pipeline-duplicate-name-first.yaml';
const RULES = Object.keys(PIPELINE_RULES) as PipelineRule[];

function fileOf(rule: PipelineRule): string {
  return rule.toLowerCase().replaceAll('_', '-');
}

describe('pipelines/invalid', () => {
  let loaded: readonly LoadedPipeline[] = [];
  beforeAll(async () => {
    loaded = await new PipelineFiles(FOLDER).load();
  });

  it('has one file per rule and no other', () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml') && name !== FIRST_TWIN);
    expect(files.toSorted()).toEqual(RULES.map((rule) => `${fileOf(rule)}.yaml`).toSorted());
  });

  it.each(RULES)('%s is told as expected, and alone', (rule) => {
    const entry = loaded.find(({ file }) => file === `${FOLDER}/${fileOf(rule)}.yaml`);
    if (entry === undefined || !('error' in entry)) throw new Error(`${fileOf(rule)}.yaml was not refused`);
    expect([...new Set(entry.problems.map((problem) => problem.rule))]).toEqual([rule]);
    expect(`${entry.error.message}\n`).toBe(readFileSync(`${FOLDER}/${fileOf(rule)}.expected.txt`, 'utf8'));
  });

  it.each(Object.keys(MODELS))('%s is what make-models.ts makes', (name) => {
    expect(readFileSync(`${FOLDER}/files/${name}`)).toEqual(Buffer.from(MODELS[name] ?? []));
  });
});
