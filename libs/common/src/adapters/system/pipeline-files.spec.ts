import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompiledPipeline, Problem } from '#common/pipeline';
import { temporaryFolder } from '../../../../../test/support/temporary-folder.ts';
import { loadPipelineFile, PipelineFiles } from './pipeline-files.ts';

const GOOD = `pipeline: small
inputs: { x: { datatype: FP32, shape: [-1] } }
stages:
  double: { function: ./f.mjs#double, inputs: { x: x }, outputs: { y: { datatype: FP32, shape: [-1] } } }
outputs: { y: double.y }
`;

describe('PipelineFiles', () => {
  let folder = temporaryFolder();
  afterEach(() => {
    folder.remove();
  });

  function withFiles(files: Readonly<Record<string, string | Uint8Array>>): string {
    folder.remove();
    folder = temporaryFolder(files);
    return folder.path;
  }

  it('loads the samples', async () => {
    const loaded = await new PipelineFiles('pipelines').load();
    expect(loaded.map((entry) => ('pipeline' in entry ? entry.pipeline.name : entry.error.message))).toEqual(['chain', 'digits', 'ocr']);
  });

  it('takes .yaml and .yml files of the folder itself, and no tests, hidden files or subfolders', async () => {
    const other = (name: string): string => GOOD.replace('small', name);
    const path = withFiles({ 'f.mjs': '', 'a.yaml': GOOD, 'b.yml': other('b'), 'a.test.yaml': 'x', '.c.yaml': 'x', 'invalid/d.yaml': 'x', 'notes.md': 'x' });
    expect((await new PipelineFiles(path).load()).map((entry) => 'pipeline' in entry && entry.pipeline.name)).toEqual(['small', 'b']);
  });

  it('says which setting names a folder that is not there', async () => {
    await expect(new PipelineFiles('/nowhere/at/all').load()).rejects.toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: 'the pipelines folder "/nowhere/at/all" cannot be read. Set MILLRACE_PIPELINES to a folder with pipeline files.' }),
    );
  });

  it('gives another version when the file or any file it names changes, and the same one otherwise', async () => {
    const path = withFiles({ 'f.mjs': 'one', 'a.yaml': GOOD });
    const version = async (): Promise<string> => (await compiled(`${path}/a.yaml`)).version;
    const first = await version();
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    expect(await version()).toBe(first);
    folder.write('f.mjs', 'two');
    const second = await version();
    folder.write('a.yaml', `${GOOD}# a remark\n`);
    expect(new Set([first, second, await version()]).size).toBe(3);
  });

  it('tells broken form and broken meaning together, in the order of the file', async () => {
    const path = withFiles({
      'f.mjs': '',
      'a.yaml': `pipeline: Small
inputs: { x: { datatype: FP32, shape: [-1] } }
stages:
  one: { function: ./f.mjs#f, inputs: { x: x }, outputs: { y: { datatype: FP31, shape: [-1] } } }
  two: { function: ./g.mjs#f, inputs: { x: one.anything, z: onne.y }, outputs: { y: { datatype: FP32, shape: [-1] } } }
outputs: { y: two.z }
`,
    });
    const problems = await refused(`${path}/a.yaml`);
    expect(problems.map(({ rule, line, column }) => `${rule} ${String(line)}:${String(column)}`)).toEqual([
      'PIPELINE_NAME 1:11',
      'PIPELINE_VALUE 4:75',
      'PIPELINE_FILE_MISSING 5:20',
      'PIPELINE_UNKNOWN_REFERENCE 5:61',
      'PIPELINE_UNKNOWN_REFERENCE 6:19',
    ]);
  });

  it.each<[string, string | Uint8Array, string, string]>([
    ['is empty', '', 'PIPELINE_VALUE', 'The file is empty: expected a mapping of keys to values.'],
    ['is a list', '[1, 2]', 'PIPELINE_VALUE', 'The file is a list: expected a mapping of keys to values.'],
    ['is not UTF-8', Uint8Array.of(0x70, 0xff, 0xfe), 'PIPELINE_YAML_SYNTAX', '"a.yaml" is not UTF-8 text. Save it as UTF-8.'],
    ['is larger than any pipeline', `# ${'x'.repeat(1 << 20)}`, 'PIPELINE_YAML_LIMIT', '"a.yaml" has 1048578 bytes; a pipeline file has at most 1048576. Is it a pipeline?'],
    ['is nested without end', `stages: ${'['.repeat(5000)}`, 'PIPELINE_YAML_LIMIT', 'The file is nested deeper than a pipeline can be. Close what is open before this place.'],
    ['is indented by tabs', 'pipeline: x\nstages:\n\tone: 1\n', 'PIPELINE_YAML_SYNTAX', 'A tab indents this line, which YAML does not allow. Use spaces.'],
  ])('refuses with a sentence a file that %s', async (_, content, rule, message) => {
    const path = withFiles({ 'a.yaml': content });
    const [problem] = await refused(`${path}/a.yaml`);
    expect(problem).toMatchObject({ rule, message });
  });

  it('refuses a stage named __proto__, which would otherwise disappear', async () => {
    const path = withFiles({ 'f.mjs': '', 'a.yaml': GOOD.replace('stages:', 'stages:\n  __proto__: { ensemble: mean, inputs: { x: double.y } }') });
    expect(await refused(`${path}/a.yaml`)).toEqual([expect.objectContaining({ rule: 'PIPELINE_NAME', line: 4, column: 3 })]);
  });

  it('answers any damage to a real file with problems that point into it, and never fails otherwise', async () => {
    const real = readFileSync('pipelines/ocr.yaml', 'utf8');
    const piece = fc.constantFrom('', ' ', '{', '}', '[', ': ', '- ', '*a', '&a ', '"', 'null', '-1', 'x', '.', '\n', '__proto__', 'stages: 1\n', '#');
    const damage = fc.array(fc.tuple(fc.nat(real.length), fc.nat(12), piece), { minLength: 1, maxLength: 4 });
    const path = withFiles({});
    await fc.assert(
      fc.asyncProperty(damage, async (cuts) => {
        const text = cuts.reduce((damaged, [at, length, put]) => damaged.slice(0, at) + put + damaged.slice(at + length), real);
        folder.write('a.yaml', text);
        const loaded = await loadPipelineFile(`${path}/a.yaml`);
        for (const problem of 'problems' in loaded ? loaded.problems : []) {
          const line = text.split('\n')[problem.line - 1];
          expect(line).toBeDefined();
          expect(problem.column).toBeLessThanOrEqual((line ?? '').length + 1);
          if (problem.excerpt !== '') expect(problem.excerpt).toMatch(/\^/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('goes on checking past a key that stands twice', async () => {
    const path = withFiles({ 'f.mjs': '', 'a.yaml': GOOD.replace('outputs: { y: double.y }', 'outputs: { y: double.x, y: double.y, z: duble.y }') });
    expect((await refused(`${path}/a.yaml`)).map((problem) => problem.rule)).toEqual(['PIPELINE_DUPLICATE_KEY', 'PIPELINE_UNKNOWN_REFERENCE']);
  });
});

async function compiled(path: string): Promise<CompiledPipeline> {
  const loaded = await loadPipelineFile(path);
  if ('pipeline' in loaded) return loaded.pipeline;
  throw loaded.error;
}

async function refused(path: string): Promise<readonly Problem[]> {
  const loaded = await loadPipelineFile(path);
  if ('pipeline' in loaded) throw new Error('the file was not refused');
  return loaded.problems;
}
