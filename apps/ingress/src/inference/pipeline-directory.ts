import { AppError, nearestName } from '#common/errors';
import type { ModelMetadata } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import type { PipelineHealth, Readiness } from './readiness.ts';

/** What the core needs of the catalogue. */
export interface PipelineLookup {
  /** The active version of every pipeline, sorted by name. */
  list(): readonly CompiledPipeline[];
  /** One version, active or still running; the active one when none is named. Undefined = not loaded. */
  find(name: string, version?: string): CompiledPipeline | undefined;
}

export interface ServerHealth {
  readonly ready: boolean;
  /** By pipeline name. */
  readonly pipelines: Readonly<Record<string, PipelineHealth['state']>>;
}

const NOT_READY_RETRY_MS = 1000;

/** Pipelines by name and version, and whether they can be used now. `name@version` names a version too. */
export class PipelineDirectory {
  private readonly lookup: PipelineLookup;
  private readonly readiness: Readiness;
  private settled = false;

  constructor(lookup: PipelineLookup, readiness: Readiness) {
    this.lookup = lookup;
    this.readiness = readiness;
  }

  list(): readonly CompiledPipeline[] {
    return this.lookup.list();
  }

  /** @throws MODEL_NOT_FOUND with the nearest name. */
  find(name: string, version?: string): CompiledPipeline {
    const at = name.indexOf('@');
    const [plain, wanted] = at < 0 || version !== undefined ? [name, version] : [name.slice(0, at), name.slice(at + 1)];
    return this.lookup.find(plain, wanted) ?? this.refuseUnknown(plain, wanted);
  }

  /** Like `find`, for a request that was accepted earlier: its version may be gone. */
  findVersion({ pipeline, version }: { readonly pipeline: string; readonly version: string }): CompiledPipeline | undefined {
    return this.lookup.find(pipeline, version);
  }

  metadata(pipeline: CompiledPipeline): ModelMetadata {
    return { name: pipeline.name, versions: [pipeline.version], platform: 'millrace_pipeline', inputs: pipeline.inputs, outputs: pipeline.outputs };
  }

  health(pipeline: CompiledPipeline): Promise<PipelineHealth> {
    return this.readiness.health(pipeline);
  }

  /** @throws MODEL_NOT_READY naming the stages that are missing. */
  async demandReady(pipeline: CompiledPipeline): Promise<void> {
    const { state, reason = '' } = await this.readiness.health(pipeline);
    if (state === 'ready') return;
    throw new AppError('MODEL_NOT_READY', `Pipeline "${pipeline.name}" is not ready: ${reason}.`, { retryAfterMs: NOT_READY_RETRY_MS });
  }

  /**
   * Ready for the first time when no pipeline is loading any more and one is ready; from then on as long as one is: a stage that fails takes its
   * own pipeline out of service, not the server. Rejects with STORE_UNAVAILABLE.
   */
  async serverHealth(): Promise<ServerHealth> {
    const entries = await Promise.all(this.lookup.list().map(async (pipeline) => [pipeline.name, (await this.readiness.health(pipeline)).state] as const));
    const states = entries.map(([, state]) => state);
    if (!states.includes('loading')) this.settled = true;
    return { ready: this.settled && states.includes('ready'), pipelines: Object.fromEntries(entries) };
  }

  private refuseUnknown(name: string, version: string | undefined): never {
    const active = this.lookup.find(name);
    if (active !== undefined) throw new AppError('MODEL_NOT_FOUND', `Pipeline "${name}" has no version "${show(version)}". Its active version is ${active.version}.`);
    const names = this.lookup.list().map((pipeline) => pipeline.name);
    const meant = name.length > LONGEST_NAME ? undefined : nearestName(name, names);
    const hint = meant === undefined ? `There are: ${names.join(', ') || 'none'}.` : `Did you mean "${meant}"?`;
    throw new AppError('MODEL_NOT_FOUND', `There is no pipeline "${show(name)}". ${hint}`);
  }
}

const LONGEST_NAME = 63;

function show(name: string | undefined): string {
  return (name ?? '').slice(0, LONGEST_NAME);
}
