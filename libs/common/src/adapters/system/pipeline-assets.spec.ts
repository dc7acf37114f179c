import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { NamedFile } from '#common/pipeline';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { loadAssets } from './pipeline-assets.ts';

const named = (name: string, kind: NamedFile['kind'] = 'module'): NamedFile => ({ name, kind, path: ['stages', 's', 'function'] });

describe('loadAssets', () => {
  let folder = temporaryFolder();
  afterEach(() => {
    folder.remove();
  });

  async function load(name: string, files: Readonly<Record<string, string>> = {}): Promise<Awaited<ReturnType<typeof loadAssets>>> {
    for (const [file, content] of Object.entries(files)) folder.write(file, content);
    return loadAssets([named(name)], { folder: join(folder.path, 'pipelines'), projectRoot: folder.path });
  }

  it('reads a file beside the pipeline, with its hash and real place', async () => {
    folder = temporaryFolder({ 'pipelines/deep/f.mjs': 'abc' });
    const { assets, findings } = await load('./deep/f.mjs');
    expect(findings).toEqual([]);
    expect(assets.files.get('./deep/f.mjs')).toEqual({
      path: './deep/f.mjs',
      location: expect.stringMatching(/pipelines\/deep\/f\.mjs$/),
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });

  it('reads a file of an installed package without running the package', async () => {
    folder = temporaryFolder({ 'pipelines/a.yaml': '', 'node_modules/@scope/pack/index.js': 'throw new Error()', 'node_modules/@scope/pack/data/m.onnx': 'abc' });
    const { assets } = await load('npm:@scope/pack/data/m.onnx');
    expect(assets.files.get('npm:@scope/pack/data/m.onnx')?.sha256).toMatch(/^ba7816bf/);
  });

  it.each([
    ['climbs out of the folder', './../secret.mjs', 'PIPELINE_FILE_OUTSIDE', 'leads out of the folder of the pipeline'],
    ['climbs out and in again elsewhere', './x/../../pipelines-2/f.mjs', 'PIPELINE_FILE_OUTSIDE', 'leads out of'],
    ['is a link out of the folder', './link.mjs', 'PIPELINE_FILE_OUTSIDE', 'is a link that leads out of the folder of the pipeline'],
    ['lies in a linked folder outside', './away/f.mjs', 'PIPELINE_FILE_OUTSIDE', 'is a link that leads out of'],
    ['climbs out of its package', 'npm:pack/../other/m.onnx', 'PIPELINE_FILE_OUTSIDE', 'leads out of the package "pack"'],
    ['names a package that is not installed', 'npm:pakc/m.onnx', 'PIPELINE_FILE_MISSING', 'needs the package "pakc", which is not installed. Run: npm install pakc'],
    ['names a package that is none', 'npm:../x/m.onnx', 'PIPELINE_FILE_MISSING', 'names no file in a package'],
    ['is a folder', './folder', 'PIPELINE_FILE_MISSING', 'is not a file'],
  ])('refuses a name that %s', async (_, name, rule, words) => {
    folder = temporaryFolder({ 'secret.mjs': '', 'pipelines-2/f.mjs': '', 'pipelines/folder/f.mjs': '', 'node_modules/pack/m.onnx': '', 'node_modules/other/m.onnx': '' });
    symlinkSync('../secret.mjs', join(folder.path, 'pipelines/link.mjs'));
    symlinkSync('../pipelines-2', join(folder.path, 'pipelines/away'));
    const { assets, findings } = await load(name);
    expect(assets.files.size).toBe(0);
    expect(findings).toEqual([expect.objectContaining({ rule, message: expect.stringContaining(words) })]);
  });

  it('tells a missing file at every place that names it, with the name that was near', async () => {
    folder = temporaryFolder({ 'pipelines/functions.mjs': '' });
    const { findings } = await loadAssets([named('./function.mjs'), named('./function.mjs')], { folder: join(folder.path, 'pipelines'), projectRoot: folder.path });
    expect(findings.map((finding) => finding.suggestion)).toEqual(['./functions.mjs', './functions.mjs']);
  });
});
