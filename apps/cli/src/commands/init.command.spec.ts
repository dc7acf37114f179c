import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadPipelineFile } from '#common/adapters/system';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { EXIT } from '../exit-codes.ts';
import type { Console } from '../output/console.ts';
import { initCommand } from './init.command.ts';
import type { InitOptions } from './init.command.ts';

const NET = 'pipelines/models/digits-net.onnx';
let folder: ReturnType<typeof temporaryFolder>;
let said: string[];

beforeEach(() => {
  folder = temporaryFolder();
  said = [];
});
afterEach(() => {
  folder.remove();
});

function init(options: Partial<InitOptions> = {}): Promise<number> {
  const console: Console = { json: false, say: (text) => void said.push(text), data: () => undefined, progress: () => undefined, complain: () => undefined };
  return initCommand({ model: NET, folder: folder.path, ...options }, { console, signal: new AbortController().signal });
}

describe('init', () => {
  it('writes a pipeline that loads, with the types the model itself has', async () => {
    expect(await init()).toBe(EXIT.ok);
    const loaded = await loadPipelineFile(join(folder.path, 'digits-net.yaml'));
    expect(loaded).toMatchObject({
      pipeline: {
        name: 'digits-net',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 64] }],
        outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 10] }],
        stages: [{ batch: { max: 16 } }],
      },
    });
  });

  it('copies a model from outside into models/ and leaves one inside where it lies', async () => {
    await init();
    expect(readFileSync(join(folder.path, 'models', 'digits-net.onnx')).equals(readFileSync(NET))).toBe(true);
    folder.write('inside.onnx', readFileSync(NET));
    await init({ model: join(folder.path, 'inside.onnx') });
    expect(readFileSync(join(folder.path, 'inside.yaml'), 'utf8')).toContain('onnx: "./inside.onnx"');
    expect(readdirSync(join(folder.path, 'models'))).toEqual(['digits-net.onnx']);
  });

  it('uses a copy that is there already when it is the same model', async () => {
    await init();
    expect(await init({ name: 'second' })).toBe(EXIT.ok);
    expect('pipeline' in (await loadPipelineFile(join(folder.path, 'second.yaml')))).toBe(true);
  });

  it('quotes names that YAML would read as something else', async () => {
    expect(await init({ model: 'pipelines/models/noop.onnx' })).toBe(EXIT.ok);
    expect(readFileSync(join(folder.path, 'noop.yaml'), 'utf8')).toContain('"y": model.y');
  });

  it('says how to serve a folder that is not the usual one', async () => {
    await init();
    expect(said.join('\n')).toContain(`MILLRACE_PIPELINES=${folder.path} npm start`);
  });

  it('never overwrites a pipeline file', async () => {
    folder.write('digits-net.yaml', 'mine');
    await expect(init()).rejects.toMatchObject({ code: 'PARAMETER_INVALID', message: expect.stringMatching(/exists already\. Choose another name with --name/) });
    expect(readFileSync(join(folder.path, 'digits-net.yaml'), 'utf8')).toBe('mine');
    expect(existsSync(join(folder.path, 'models'))).toBe(false);
  });

  it('never overwrites another model of the same file name', async () => {
    folder.write('models/digits-net.onnx', 'another');
    await expect(init()).rejects.toMatchObject({ message: expect.stringContaining('exists already and is another model') });
    expect(readFileSync(join(folder.path, 'models', 'digits-net.onnx'), 'utf8')).toBe('another');
  });

  it.each([
    [{ name: 'Bad Name' }, '--name is "Bad Name": expected small letters, digits and dashes'],
    [{ model: 'no-such.onnx' }, 'The model "no-such.onnx" cannot be read: there is no such file or folder.'],
    [{ model: 'pipelines' }, 'The model "pipelines" cannot be read: it is a folder, not a file.'],
    [{ model: 'README.md' }, 'The model "README.md" is not an ONNX file'],
  ])('refuses %j and leaves the folder as it was', async (options, message) => {
    await expect(init(options)).rejects.toMatchObject({ code: 'PARAMETER_INVALID', message: expect.stringContaining(message) });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
