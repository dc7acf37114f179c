import { hash } from 'node:crypto';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { nearestName } from '#common/errors';
import type { Finding, ModelSignature, NamedFile, PipelineAssets, PipelineFile, PipelineRule } from '#common/pipeline';
import { relativeImports } from './module-imports.ts';
import { ModelFault, readOnnxSignature } from './onnx-signature.ts';
import { readFault } from './read-fault.ts';

/** Where the files of a pipeline may lie. */
export interface AssetPlaces {
  /** The pipeline file's own folder: `./x` is in it, nothing outside it is read. */
  readonly folder: string;
  /** Whose `node_modules` `npm:` names after those of the folder and of the folders above it. */
  readonly projectRoot: string;
}

interface Asset {
  readonly file: PipelineFile;
  readonly signature: ModelSignature | undefined;
}

class AssetFault extends Error {
  readonly rule: PipelineRule;
  readonly suggestion: string | undefined;

  constructor(rule: PipelineRule, fault: string, suggestion?: string) {
    super(fault);
    this.name = 'AssetFault';
    this.rule = rule;
    this.suggestion = suggestion;
  }
}

/** Reads, hashes and (models) understands every file a pipeline names, each once. A file that cannot be had is a finding at every place that names it. */
export async function loadAssets(named: readonly NamedFile[], places: AssetPlaces): Promise<{ readonly assets: PipelineAssets; readonly findings: readonly Finding[] }> {
  const files = new Map<string, PipelineFile>();
  const signatures = new Map<string, ModelSignature>();
  const findings: Finding[] = [];
  for (const name of new Set(named.map((file) => file.name))) {
    const uses = named.filter((file) => file.name === name);
    try {
      const { file, signature } = await loadAsset(uses[0] ?? { name, kind: 'module' }, places);
      files.set(name, file);
      if (signature !== undefined) signatures.set(name, signature);
    } catch (error) {
      findings.push(...uses.map((use) => findingOf(error, use)));
    }
  }
  return { assets: { files, signatures }, findings };
}

async function loadAsset({ name, kind }: Pick<NamedFile, 'name' | 'kind'>, places: AssetPlaces): Promise<Asset> {
  const location = await locate(name, places);
  const bytes = await readBytes(location);
  const file: PipelineFile = { path: name, location, sha256: hash('sha256', bytes, 'hex') };
  if (kind === 'model') return { file, signature: readOnnxSignature(bytes) };
  const imports = await loadImports(location, places);
  return { file: imports.length === 0 ? file : { ...file, imports }, signature: undefined };
}

async function readBytes(location: string): Promise<Uint8Array> {
  return readFile(location).catch((error: unknown) => {
    throw new AssetFault('PIPELINE_FILE_MISSING', `cannot be read: ${readFault(error)}`);
  });
}

/** What a module imports by relative path; inside the pipeline's folder only, like every file of a pipeline. */
async function loadImports(module: string, { folder }: AssetPlaces): Promise<PipelineFile[]> {
  const root = await realpath(folder);
  // A module of a package brings its own files; the package's version covers them.
  if (!isInside(root, module)) return [];
  const imports: PipelineFile[] = [];
  for (const imported of await relativeImports(module)) {
    const path = `./${relative(root, imported).replaceAll(sep, '/')}`;
    try {
      const location = await locateIn(folder, { name: path, path, owner: 'the folder of the pipeline' });
      imports.push({ path, location, sha256: hash('sha256', await readBytes(location), 'hex') });
    } catch (error) {
      if (!(error instanceof AssetFault)) throw error;
      throw new AssetFault(error.rule, `imports "${path}", which ${error.message}`, error.suggestion);
    }
  }
  return imports;
}

/** The real path of a file, made sure to lie in the folder (or package) it is named from, links followed. */
async function locate(name: string, { folder, projectRoot }: AssetPlaces): Promise<string> {
  if (!name.startsWith('npm:')) return locateIn(folder, { name, path: name, owner: 'the folder of the pipeline' });
  const { packageName, path } = parsePackage(name);
  const home = await packageFolder(packageName, [...ancestors(folder), projectRoot]);
  return locateIn(home, { name, path, owner: `the package "${packageName}"` });
}

async function locateIn(folder: string, { name, path, owner }: { name: string; path: string; owner: string }): Promise<string> {
  const root = await realpath(folder);
  const wanted = resolve(root, path);
  if (!isInside(root, wanted)) throw new AssetFault('PIPELINE_FILE_OUTSIDE', `leads out of ${owner}. Put the file inside it`);
  const found = await realpath(wanted).catch(() => undefined);
  if (found === undefined) throw await missing(wanted, name);
  if (!isInside(root, found)) throw new AssetFault('PIPELINE_FILE_OUTSIDE', `is a link that leads out of ${owner}. Put the file itself there`);
  if (!(await stat(found)).isFile()) throw new AssetFault('PIPELINE_FILE_MISSING', 'is not a file');
  return found;
}

async function missing(wanted: string, name: string): Promise<AssetFault> {
  const beside = await readdir(dirname(wanted)).catch(() => []);
  const near = nearestName(basename(wanted), beside);
  const suggestion = near === undefined ? undefined : `${name.slice(0, name.length - basename(wanted).length)}${near}`;
  return new AssetFault('PIPELINE_FILE_MISSING', 'does not exist', suggestion);
}

/** `npm:@scope/name/path/in/package.onnx`. */
function parsePackage(name: string): { readonly packageName: string; readonly path: string } {
  const match = /^npm:((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)\/(.+)$/.exec(name);
  const [, packageName, path] = match ?? [];
  if (packageName === undefined || path === undefined) {
    throw new AssetFault('PIPELINE_FILE_MISSING', 'names no file in a package. Write npm:package/path/model.onnx or npm:@scope/package/path/model.onnx');
  }
  return { packageName, path };
}

/** Found by folder, never by importing: a package's code is not run to read a file of it. */
async function packageFolder(packageName: string, roots: readonly string[]): Promise<string> {
  for (const root of roots) {
    const home = join(root, 'node_modules', packageName);
    const found = await stat(home).catch(() => undefined);
    if (found?.isDirectory() === true) return home;
  }
  throw new AssetFault('PIPELINE_FILE_MISSING', `needs the package "${packageName}", which is not installed. Run: npm install ${packageName}`);
}

function ancestors(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

function findingOf(error: unknown, { name, path, kind }: NamedFile): Finding {
  const stage = String(path[1]);
  const thing = kind === 'model' ? 'Model' : 'Module';
  const base = { path, mark: 'value' as const, piece: { start: 0, length: name.length } };
  if (error instanceof ModelFault) return { ...base, rule: error.rule, message: `Model "${name}" of stage "${stage}" ${error.message}.` };
  if (!(error instanceof AssetFault)) throw error;
  const message = `${thing} "${name}" of stage "${stage}" ${error.message}.`;
  return { ...base, rule: error.rule, message, ...(error.suggestion === undefined ? {} : { suggestion: error.suggestion }) };
}
