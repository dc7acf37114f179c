import { AppError, nearestName } from '#common/errors';
import type { CompiledPipeline, Problem } from '#common/pipeline';
import type { LoadedPipeline, PipelineSource } from '#common/ports';

/** A file of the source that could not be used. */
export interface BrokenPipeline {
  readonly file: string;
  /** PIPELINE_INVALID, with every problem in its message. */
  readonly error: AppError;
  readonly problems: readonly Problem[];
  /** The last good version of the same file, which stays in use. */
  readonly keeps?: { readonly name: string; readonly version: string };
}

/** Old versions kept per pipeline for requests accepted with them. Each is small: models and functions lie in files, not here. */
const MOST_VERSIONS = 32;

interface Entry {
  readonly current: CompiledPipeline;
  /** Every version loaded since the start, the current one last. */
  readonly versions: readonly CompiledPipeline[];
}

interface Snapshot {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly byFile: ReadonlyMap<string, CompiledPipeline>;
  readonly broken: readonly BrokenPipeline[];
}

/**
 * The pipelines that can be called, by name and version. `load` reads the source and then swaps everything at once, so that no caller ever sees
 * half of a change. A file that turned bad keeps its last good version; a file that went away takes its pipeline with it.
 */
export class Catalog {
  readonly #source: PipelineSource;
  #snapshot: Snapshot = { entries: new Map(), byFile: new Map(), broken: [] };

  constructor(source: PipelineSource) {
    this.#source = source;
  }

  /** Called at start and when files change. Rejects only when the source itself cannot be read; everything stays as it was then. */
  async load(): Promise<void> {
    this.#snapshot = nextSnapshot(this.#snapshot, await this.#source.load());
  }

  /** The pipelines in use, by name. */
  list(): readonly CompiledPipeline[] {
    const current = [...this.#snapshot.entries.values()].map((entry) => entry.current);
    return current.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  /** The files that cannot be used, and why: for readiness and for people. */
  broken(): readonly BrokenPipeline[] {
    return this.#snapshot.broken;
  }

  /** Versions of a pipeline that can still be asked for, the current one last. Throws MODEL_NOT_FOUND. */
  versions(name: string): readonly CompiledPipeline[] {
    return this.#entry(name).versions;
  }

  /** The current version, or the one with that hash or label (the newest, should several have it). Throws MODEL_NOT_FOUND. Called per request. */
  find(name: string, version?: string): CompiledPipeline {
    const entry = this.#entry(name);
    if (version === undefined || version === entry.current.version) return entry.current;
    const found = entry.versions.findLast((pipeline) => pipeline.version === version || pipeline.label === version);
    if (found !== undefined) return found;
    const known = entry.versions.map((pipeline) => (pipeline.label === undefined ? pipeline.version : `${pipeline.version} (${pipeline.label})`));
    throw new AppError('MODEL_NOT_FOUND', `pipeline "${name}" has no version "${version}". Loaded: ${known.join(', ')}.`);
  }

  #entry(name: string): Entry {
    const entry = this.#snapshot.entries.get(name);
    if (entry !== undefined) return entry;
    throw new AppError('MODEL_NOT_FOUND', notFound(name, this.list().map((pipeline) => pipeline.name), this.broken().map(({ file }) => file)));
  }
}

function notFound(name: string, known: readonly string[], invalid: readonly string[]): string {
  const near = nearestName(name, known);
  // The name looked for may be in one of them: whoever calls should not search elsewhere. Folders are nobody's business outside.
  const files = invalid.map((file) => file.slice(file.lastIndexOf('/') + 1)).join(', ');
  const unusable = invalid.length === 0 ? '' : ` Not loaded, because invalid: ${files}.`;
  if (known.length === 0) return `there is no pipeline "${name}": none is loaded.${unusable === '' ? ' Put a pipeline file into the pipelines folder.' : unusable}`;
  const suggestion = near === undefined ? '' : ` Did you mean "${near}"?`;
  return `there is no pipeline "${name}".${suggestion} Loaded: ${known.join(', ')}.${unusable}`;
}

function nextSnapshot(before: Snapshot, loaded: readonly LoadedPipeline[]): Snapshot {
  const byFile = new Map<string, CompiledPipeline>();
  const broken: BrokenPipeline[] = [];
  for (const entry of loaded) if ('pipeline' in entry) byFile.set(entry.file, entry.pipeline);
  const taken = new Set([...byFile.values()].map((pipeline) => pipeline.name));
  for (const entry of loaded) {
    if ('pipeline' in entry) continue;
    const last = before.byFile.get(entry.file);
    const keeps = last !== undefined && !taken.has(last.name) ? last : undefined;
    if (keeps !== undefined) byFile.set(entry.file, keeps);
    broken.push({ ...entry, ...(keeps === undefined ? {} : { keeps: { name: keeps.name, version: keeps.version } }) });
  }
  const entries = new Map([...byFile.values()].map((pipeline) => [pipeline.name, nextEntry(before.entries.get(pipeline.name), pipeline)]));
  return { entries, byFile, broken };
}

function nextEntry(before: Entry | undefined, current: CompiledPipeline): Entry {
  const older = (before?.versions ?? []).filter((pipeline) => pipeline.version !== current.version);
  return { current, versions: [...older.slice(1 - MOST_VERSIONS), current] };
}
