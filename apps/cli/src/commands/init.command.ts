import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, extname, join, relative, resolve } from 'node:path';
import { loadPipelineFile, readFault, readOnnxSignature } from '#common/adapters/system';
import { AppError } from '#common/errors';
import { formatTensorType } from '#common/inference';
import type { TensorSpec } from '#common/inference';
import type { ModelSignature } from '#common/pipeline';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../output/console.ts';
import type { CommandBody } from './command.ts';

export interface InitOptions {
  /** Path of an ONNX model. */
  readonly model: string;
  readonly name?: string;
  /** The pipelines folder; models lie in its `models/`. */
  readonly folder: string;
}

/** `millrace init model.onnx`: a pipeline of one stage from what the model itself says it takes and makes. Never overwrites a file. */
export const initCommand: CommandBody<InitOptions> = async ({ model, name, folder }, { console }) => {
  const bytes = await readModel(model);
  const signature = parseSignature(model, bytes);
  const pipeline = name === undefined ? pipelineName(model) : checkName(name);
  const file = join(folder, `${pipeline}.yaml`);
  if (await exists(file)) throw new AppError('PARAMETER_INVALID', `"${file}" exists already. Choose another name with --name, or remove the file.`);
  const modelPath = await placeModel({ model, bytes, folder });
  await writeFile(file, pipelineYaml(pipeline, modelPath, signature), { flag: 'wx' });
  const loaded = await loadPipelineFile(file);
  if ('error' in loaded) {
    await rm(file);
    throw loaded.error;
  }
  console.data({ ok: true, file, pipeline, inputs: signature.inputs, outputs: signature.outputs });
  console.say(`${paint('green', 'wrote')} ${file}\n${describe(signature)}\n${nextSteps(pipeline, folder)}`);
  return EXIT.ok;
};

async function readModel(model: string): Promise<Buffer> {
  return readFile(model).catch((cause: unknown) => {
    throw new AppError('PARAMETER_INVALID', `The model "${model}" cannot be read: ${readFault(cause)}.`, { cause });
  });
}

function parseSignature(model: string, bytes: Uint8Array): ModelSignature {
  try {
    return readOnnxSignature(bytes);
  } catch (cause) {
    throw new AppError('PARAMETER_INVALID', `The model "${model}" ${(cause as Error).message}.`, { cause });
  }
}

/** A name the pipeline grammar allows, made from the file name. */
function pipelineName(model: string): string {
  const name = basename(model, extname(model)).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '').slice(0, 63);
  if (name === '') throw new AppError('PARAMETER_INVALID', `No pipeline name can be made from "${basename(model)}". Give one with --name.`);
  return name;
}

/** Before anything is written: a bad name would leave a bad file behind. */
function checkName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return name;
  throw new AppError('PARAMETER_INVALID', `--name is "${name}": expected small letters, digits and dashes, at most 63, a letter or digit first.`);
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(() => true, () => false);
}

/** A model inside the folder stays where it is; another one is copied into its `models/`, since a pipeline may only name files inside. */
async function placeModel({ model, bytes, folder }: { readonly model: string; readonly bytes: Buffer; readonly folder: string }): Promise<string> {
  const inside = relative(resolve(folder), resolve(model));
  if (!inside.startsWith('..')) return `./${inside.replaceAll('\\', '/')}`;
  const copy = join(folder, 'models', basename(model));
  await mkdir(join(folder, 'models'), { recursive: true });
  if (!(await exists(copy))) await writeFile(copy, bytes, { flag: 'wx' });
  else if (!bytes.equals(await readFile(copy))) {
    throw new AppError('PARAMETER_INVALID', `"${copy}" exists already and is another model. Give yours another file name.`);
  }
  return `./models/${basename(model)}`;
}

function pipelineYaml(pipeline: string, model: string, { inputs, outputs }: ModelSignature): string {
  const type = ({ datatype, shape }: TensorSpec): string => `{ datatype: ${datatype}, shape: [${shape.join(', ')}] }`;
  const stacks = [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
  return [
    `pipeline: ${pipeline}`,
    'deadline: { sync: 10s, async: 1h }',
    '',
    'inputs:',
    ...inputs.map((input) => `  ${quote(input.name)}: ${type(input)}`),
    '',
    'stages:',
    '  model:',
    `    onnx: ${quote(model)}`,
    `    inputs: { ${inputs.map(({ name }) => `${quote(name)}: ${quote(name)}`).join(', ')} }`,
    ...(stacks ? ['    batch: { max: 16 } # the first dimension is free, so requests can be executed together'] : []),
    '',
    'outputs:',
    ...outputs.map(({ name }) => `  ${quote(name)}: ${quote(`model.${name}`)}`),
    '',
  ].join('\n');
}

/** Names of tensors may hold what YAML reads as something else. */
function quote(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(name) ? name : JSON.stringify(name);
}

function nextSteps(pipeline: string, folder: string): string {
  const setting = resolve(folder) === resolve('pipelines') ? '' : `MILLRACE_PIPELINES=${folder} `;
  return `Serve it: ${setting}npm start\nTry it:   npm run millrace -- load ${pipeline} --duration 2s`;
}

function describe({ inputs, outputs }: ModelSignature): string {
  const line = (word: string, tensor: TensorSpec): string => `  ${word}  ${tensor.name}  ${formatTensorType(tensor)}`;
  return [...inputs.map((input) => line('in ', input)), ...outputs.map((output) => line('out', output))].join('\n');
}
