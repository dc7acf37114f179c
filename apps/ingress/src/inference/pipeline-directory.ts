import type { Catalog } from '#common/catalog';
import { AppError, isAppError } from '#common/errors';
import type { ModelMetadata } from '#common/inference';
import type { CompiledPipeline } from '#common/pipeline';
import type { PipelineHealth, Readiness } from './readiness.ts';

/** What the core needs of the catalogue. */
export type PipelineLookup = Pick<Catalog, 'find' | 'list' | 'versions'>;

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
    if (at < 0 || version !== undefined) return this.lookup.find(name, version);
    return this.lookup.find(name.slice(0, at), name.slice(at + 1));
  }

  /** Like `find`, for a request that was accepted earlier: undefined when its version is gone. */
  findVersion({ pipeline, version }: { readonly pipeline: string; readonly version: string }): CompiledPipeline | undefined {
    try {
      return this.lookup.find(pipeline, version);
    } catch (error) {
      if (isAppError(error)) return undefined;
      throw error;
    }
  }

  metadata(pipeline: CompiledPipeline): ModelMetadata {
    return { name: pipeline.name, versions: this.lookup.versions(pipeline.name).map(({ version }) => version), platform: 'millrace_pipeline', inputs: pipeline.inputs, outputs: pipeline.outputs };
  }

  health(pipeline: CompiledPipeline): Promise<PipelineHealth> {
    return this.readiness.health(pipeline);
  }

  /** @throws MODEL_NOT_READY naming the stages that are missing. */
  async demandReady(pipeline: CompiledPipeline): Promise<void> {
    const { state, reason = '' } = await this.readiness.health(pipeline);
    if (state === 'ready') return;
    throw new AppError('MODEL_NOT_READY', `Pipeline "${pipeline.name}" is not ready: ${reason.replace(/\.$/, '')}.`, { retryAfterMs: NOT_READY_RETRY_MS });
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
}
