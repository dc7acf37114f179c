import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadPipelineFile } from './pipeline-files.ts';
import { relativeImports } from './module-imports.ts';

describe('what a module imports by relative path', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-imports-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };

  it('is followed through every file, circles and dynamic imports included, packages left out', async () => {
    await write('main.mjs', "import sharp from 'sharp'; import { a } from './parts/a.mjs'; export { b } from './parts/b.mjs';");
    await write('parts/a.mjs', "import { b } from './b.mjs'; export const a = () => import('./c.mjs');");
    await write('parts/b.mjs', "import '../main.mjs'; export const b = 1;");
    await write('parts/c.mjs', 'export const c = 1;');
    expect(await relativeImports(join(folder, 'main.mjs'))).toEqual(['a', 'b', 'c'].map((name) => join(folder, `parts/${name}.mjs`)));
  });

  it('is nothing for a file that cannot be parsed: whoever loads it says what is wrong', async () => {
    await write('broken.mjs', 'import { from ;;; ');
    expect(await relativeImports(join(folder, 'broken.mjs'))).toEqual([]);
  });

  describe('in a pipeline', () => {
    const pipeline = 'pipeline: p\ninputs: { x: { datatype: FP32, shape: [1] } }\nstages: { f: { function: ./f.mjs#f, inputs: { x: x }, outputs: { y: { datatype: FP32, shape: [1] } } } }\noutputs: { y: f.y }\n';

    it('is part of its version: a change of an imported file is another version', async () => {
      await write('p.yaml', pipeline);
      await write('f.mjs', "export { f } from './inner.mjs';");
      await write('inner.mjs', 'export const f = ({ x }) => ({ y: x });');
      const versions = [await versionOf('p.yaml')];
      await write('inner.mjs', 'export const f = ({ x }) => ({ y: { ...x } });');
      versions.push(await versionOf('p.yaml'));
      expect(new Set(versions).size).toBe(2);
    });

    it('must lie inside the folder of the pipeline', async () => {
      await write('inside/p.yaml', pipeline);
      await write('inside/f.mjs', "export { f } from '../outside.mjs';");
      await write('outside.mjs', 'export const f = 1;');
      const loaded = await loadPipelineFile(join(folder, 'inside/p.yaml'));
      expect('error' in loaded ? loaded.error.message : '').toContain('imports "./../outside.mjs", which leads out of the folder of the pipeline');
    });

    async function versionOf(name: string): Promise<string> {
      const loaded = await loadPipelineFile(join(folder, name));
      if ('error' in loaded) throw loaded.error;
      return loaded.pipeline.version;
    }
  });
});
