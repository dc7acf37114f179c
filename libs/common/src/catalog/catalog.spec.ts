import { describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { CompiledPipeline } from '#common/pipeline';
import type { LoadedPipeline } from '#common/ports';
import { compileDraft } from '../../../../test/support/compile-pipeline.ts';
import { thrownBy } from '../../../../test/support/thrown.ts';
import { Catalog } from './catalog.ts';

const column = { datatype: 'FP32', shape: [-1] };

function pipeline(name: string, version: string, label?: string): CompiledPipeline {
  const stages = { one: { function: './f.mjs#f', inputs: { x: 'x' }, outputs: { y: column } } };
  return { ...compileDraft({ pipeline: name, inputs: { x: column }, stages, outputs: { y: 'one.y' }, ...(label === undefined ? {} : { label }) }), version };
}

const good = (file: string, compiled: CompiledPipeline): LoadedPipeline => ({ file, pipeline: compiled });
const bad = (file: string): LoadedPipeline => ({ file, error: new AppError('PIPELINE_INVALID', `${file} has 1 problem`), problems: [] });

/** A catalog over a source that gives the listed contents, one per load. */
function catalogOver(...contents: readonly (readonly LoadedPipeline[] | Error)[]): Catalog {
  const rest = [...contents];
  return new Catalog({
    load: () => {
      const next = rest.shift() ?? [];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
}

describe('Catalog', () => {
  it('finds a pipeline by name, by version and by label', async () => {
    const digits = pipeline('digits', 'aaaa', 'v3');
    const catalog = catalogOver([good('d.yaml', digits)]);
    await catalog.load();
    expect([catalog.find('digits'), catalog.find('digits', 'aaaa'), catalog.find('digits', 'v3')]).toEqual([digits, digits, digits]);
  });

  it.each([
    ['digit', undefined, 'there is no pipeline "digit". Did you mean "digits"? Loaded: chain, digits.'],
    ['weather', undefined, 'there is no pipeline "weather". Loaded: chain, digits.'],
    ['digits', 'v9', 'pipeline "digits" has no version "v9". Loaded: aaaa (v3).'],
  ])('says what there is instead of "%s" %s', async (name, version, message) => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa', 'v3')), good('c.yaml', pipeline('chain', 'bbbb'))]);
    await catalog.load();
    expect(thrownBy(() => catalog.find(name, version))).toMatchObject({ code: 'MODEL_NOT_FOUND', message });
  });

  it('says so when nothing is loaded', () => {
    expect(thrownBy(() => catalogOver().find('ocr')).message).toBe('there is no pipeline "ocr": none is loaded. Put a pipeline file into the pipelines folder.');
  });

  it('names the files that are invalid, since the one asked for may be among them', async () => {
    const catalog = catalogOver([good('c.yaml', pipeline('chain', 'bbbb')), bad('/srv/secret/digits.yaml')]);
    await catalog.load();
    expect(thrownBy(() => catalog.find('digits')).message).toBe('there is no pipeline "digits". Loaded: chain. Not loaded, because invalid: digits.yaml.');
    const broken = catalogOver([bad('digits.yaml')]);
    await broken.load();
    expect(thrownBy(() => broken.find('digits')).message).toBe('there is no pipeline "digits": none is loaded. Not loaded, because invalid: digits.yaml.');
  });

  it('switches to a new version and still finds the old one for requests accepted with it', async () => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa'))], [good('d.yaml', pipeline('digits', 'bbbb'))]);
    await catalog.load();
    await catalog.load();
    expect(catalog.find('digits').version).toBe('bbbb');
    expect(catalog.find('digits', 'aaaa').version).toBe('aaaa');
    expect(catalog.list().map((entry) => entry.version)).toEqual(['bbbb']);
  });

  it('keeps the last good version of a file that turned bad, and says so', async () => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa'))], [bad('d.yaml'), bad('n.yaml')], [good('d.yaml', pipeline('digits', 'bbbb'))]);
    await catalog.load();
    await catalog.load();
    expect(catalog.find('digits').version).toBe('aaaa');
    expect(catalog.broken().map(({ file, keeps }) => ({ file, keeps }))).toEqual([
      { file: 'd.yaml', keeps: { name: 'digits', version: 'aaaa' } },
      { file: 'n.yaml', keeps: undefined },
    ]);
    await catalog.load();
    expect(catalog.find('digits').version).toBe('bbbb');
    expect(catalog.broken()).toEqual([]);
  });

  it('lets a pipeline move to another file while its old file is bad', async () => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa'))], [bad('d.yaml'), good('e.yaml', pipeline('digits', 'bbbb'))]);
    await catalog.load();
    await catalog.load();
    expect(catalog.find('digits').version).toBe('bbbb');
    expect(catalog.broken()).toEqual([expect.not.objectContaining({ keeps: expect.anything() })]);
  });

  it('drops a pipeline whose file went away', async () => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa'))], []);
    await catalog.load();
    await catalog.load();
    expect(catalog.list()).toEqual([]);
  });

  it('stays as it was when the source cannot be read', async () => {
    const catalog = catalogOver([good('d.yaml', pipeline('digits', 'aaaa'))], new Error('the disk is gone'));
    await catalog.load();
    await expect(catalog.load()).rejects.toThrow('the disk is gone');
    expect(catalog.find('digits').version).toBe('aaaa');
  });
});
