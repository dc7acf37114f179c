import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadPipelineFile } from '#common/adapters/system';
import { temporaryFolder } from '../support/temporary-folder.ts';

const README = readFileSync('README.md', 'utf8');
const folder = temporaryFolder();
afterAll(folder.remove);

describe('the README', () => {
  it('shows a pipeline file that loads as it is printed, the same graph as the sample', async () => {
    const yaml = /```yaml\n(.*?)```/s.exec(README)?.[1] ?? '';
    folder.write('digits.yaml', yaml);
    for (const [, file = ''] of yaml.matchAll(/\.\/([\w./-]+)/g)) folder.write(file, readFileSync(join('pipelines', file)));
    const [shown, sample] = [await loadPipelineFile(join(folder.path, 'digits.yaml')), await loadPipelineFile('pipelines/digits.yaml')];
    if ('error' in shown) throw shown.error;
    if ('error' in sample) throw sample.error;
    expect(shown.pipeline.stages.map(({ name, executor, next }) => ({ name, kind: executor.kind, next }))).toEqual(
      sample.pipeline.stages.map(({ name, executor, next }) => ({ name, kind: executor.kind, next })),
    );
  });

  it('names files that are there in every command', () => {
    const files = [...README.matchAll(/@(pipelines\/[\w./-]+)/g)].map(([, file = '']) => file);
    expect(files).toEqual(['pipelines/samples/digits/digit-7.json', 'pipelines/samples/ocr/receipt-cafe.png']);
    for (const file of files) expect(readFileSync(file).length).toBeGreaterThan(0);
  });
});
