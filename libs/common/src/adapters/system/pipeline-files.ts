import { hash } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { AppError } from '#common/errors';
import { checkPipeline, compilePipeline, formatProblem, namedFiles, parseSpec, PipelineGraph } from '#common/pipeline';
import type { Finding, PipelineAssets, Problem } from '#common/pipeline';
import type { LoadedPipeline, PipelineSource } from '#common/ports';
import { loadAssets } from './pipeline-assets.ts';
import { readFault } from './read-fault.ts';
import { YamlFile } from './yaml-file.ts';

export interface PipelineFilesOptions {
  /** Whose `node_modules` holds the packages named by `npm:`; the process's working directory unless set. */
  readonly projectRoot?: string;
}

/** No pipeline a person writes comes near it. */
const MAX_BYTES = 1 << 20;

/** The YAML files of one folder; its subfolders, hidden files and `*.test.yaml` are left alone. */
export class PipelineFiles implements PipelineSource {
  readonly #folder: string;
  readonly #options: PipelineFilesOptions;

  constructor(folder: string, options: PipelineFilesOptions = {}) {
    this.#folder = folder;
    this.#options = options;
  }

  async load(): Promise<readonly LoadedPipeline[]> {
    const names = await readdir(this.#folder, { withFileTypes: true }).catch((error: unknown) => {
      const message = `the pipelines folder "${this.#folder}" cannot be read. Set MILLRACE_PIPELINES to a folder with pipeline files.`;
      throw new AppError('CONFIG_INVALID', message, { cause: error });
    });
    const files = names.filter((entry) => !entry.isDirectory() && isPipelineFile(entry.name)).map((entry) => entry.name);
    const loaded: LoadedPipeline[] = [];
    for (const file of files.toSorted()) loaded.push(await loadPipelineFile(join(this.#folder, file), { ...this.#options, taken: namesOf(loaded) }));
    return loaded;
  }
}

/** One pipeline file by its path: compiled, or all its problems. `taken`: names of pipelines loaded before it, with their files. */
export async function loadPipelineFile(path: string, options: PipelineFilesOptions & { readonly taken?: ReadonlyMap<string, string> } = {}): Promise<LoadedPipeline> {
  const file = shownName(path);
  const read = await readText(path);
  if ('fault' in read) return invalid(file, [{ rule: read.rule, path: [], message: read.fault, file, line: 1, column: 1, excerpt: '' }]);
  const yaml = YamlFile.parse(file, read.text);
  if (yaml.data === undefined) return invalid(file, yaml.problems);
  const { spec, broken, findings } = parseSpec(yaml.data);
  const problems = [...yaml.problems, ...findings.map((finding) => yaml.locate(finding))];
  if (spec === undefined) return invalid(file, problems);

  const places = { folder: dirname(resolve(path)), projectRoot: options.projectRoot ?? process.cwd() };
  const { assets, findings: missing } = await loadAssets(namedFiles(spec), places);
  const graph = new PipelineGraph(spec, assets, broken);
  const further = [...missing, ...checkPipeline(graph), ...duplicateName(spec.pipeline, options.taken)];
  problems.push(...further.map((finding) => yaml.locate(finding)));
  if (problems.length > 0) return invalid(file, problems);
  return { file, pipeline: compilePipeline(graph, versionOf(read.bytes, assets)) };
}

function isPipelineFile(name: string): boolean {
  return /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name) && !name.startsWith('.');
}

function namesOf(loaded: readonly LoadedPipeline[]): ReadonlyMap<string, string> {
  return new Map(loaded.flatMap((entry) => ('pipeline' in entry ? [[entry.pipeline.name, entry.file]] : [])));
}

function duplicateName(name: string, taken: ReadonlyMap<string, string> | undefined): readonly Finding[] {
  const other = taken?.get(name);
  if (other === undefined) return [];
  const message = `The pipeline "${name}" is already described by ${other}. Give one of them another name.`;
  return [{ rule: 'PIPELINE_DUPLICATE_NAME', path: ['pipeline'], mark: 'value', message }];
}

/** As people name the file: from the working directory where it lies below it. */
function shownName(path: string): string {
  const fromHere = relative(process.cwd(), resolve(path));
  const shown = fromHere.startsWith('..') ? resolve(path) : fromHere;
  return shown.replaceAll('\\', '/');
}

type ReadText = { readonly text: string; readonly bytes: Uint8Array } | { readonly fault: string; readonly rule: 'PIPELINE_FILE_MISSING' | 'PIPELINE_YAML_LIMIT' | 'PIPELINE_YAML_SYNTAX' };

/** The size is looked at before anything is read. */
async function readText(path: string): Promise<ReadText> {
  const name = basename(path);
  try {
    await using handle = await open(path);
    const { size } = await handle.stat();
    if (size > MAX_BYTES) return { rule: 'PIPELINE_YAML_LIMIT', fault: `"${name}" has ${String(size)} bytes; a pipeline file has at most ${String(MAX_BYTES)}. Is it a pipeline?` };
    const bytes = await handle.readFile();
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), bytes };
  } catch (error) {
    if (isNotUtf8(error)) return { rule: 'PIPELINE_YAML_SYNTAX', fault: `"${name}" is not UTF-8 text. Save it as UTF-8.` };
    return { rule: 'PIPELINE_FILE_MISSING', fault: `"${name}" cannot be read: ${readFault(error)}.` };
  }
}

function isNotUtf8(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

/** Sorted as the file reads. */
function invalid(file: string, problems: readonly Problem[]): LoadedPipeline {
  const sorted = problems.toSorted((left, right) => left.line - right.line || left.column - right.column || (left.rule < right.rule ? -1 : 1));
  const count = sorted.length === 1 ? '1 problem' : `${String(sorted.length)} problems`;
  const message = `${file} has ${count}:\n\n${sorted.map(formatProblem).join('\n\n')}`;
  return { file, error: new AppError('PIPELINE_INVALID', message), problems: sorted };
}

/** Over the file's bytes and the hash of every file it names, so that a change of any of them is another version. */
function versionOf(bytes: Uint8Array, assets: PipelineAssets): string {
  const files = new Map([...assets.files.values()].flatMap((file) => [file, ...(file.imports ?? [])]).map((file) => [file.path, file.sha256]));
  const named = [...files].map(([path, sha256]) => `${path}\n${sha256}\n`).toSorted();
  return hash('sha256', [hash('sha256', bytes, 'hex'), ...named].join('\n'), 'hex').slice(0, 16);
}
