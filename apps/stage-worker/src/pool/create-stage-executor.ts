import type { AppError } from '#common/errors';
import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import type { Clock, Log } from '#common/ports';
import { makeExecutor, placeOf } from '../executors/index.ts';
import type { PooledExecutor } from '../executors/index.ts';
import { ExecutorPool } from './executor-pool.ts';
import { hostEnvironment } from './host-environment.ts';
import type { OpenHost } from './host.port.ts';
import { HostedExecutor } from './hosted-executor.ts';
import { InPlacePool } from './in-place-pool.ts';
import { ProcessHost } from './process-host.ts';
import { ThreadHost } from './thread-host.ts';

export interface StageExecutorDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** This process's environment; the pool passes on only what is on its allow-list. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Limits that rarely need another value than the default. */
  readonly limits?: Partial<PoolLimits>;
}

export interface HostedExecutorDeps extends StageExecutorDeps {
  /** Called once when the executor ends without having been asked to unload. */
  readonly onDeath: (error: AppError) => void;
}

export interface PoolLimits {
  readonly maxWaiting: number;
  readonly abortGraceMs: number;
  readonly loadTimeoutMs: number;
  readonly unloadGraceMs: number;
  readonly maxHeapMiB: number;
}

export const DEFAULT_LIMITS: PoolLimits = { maxWaiting: 1_024, abortGraceMs: 5_000, loadTimeoutMs: 60_000, unloadGraceMs: 1_000, maxHeapMiB: 1_024 };

/**
 * Everything that executes one stage in this process, not loaded yet: a pool of `stage.executors` threads or processes, or the executor
 * itself where it is light enough for the main thread. Throws CONFIG_INVALID for a kind of executor that does not exist.
 */
export async function createStageExecutor(pipeline: CompiledPipeline, stage: CompiledStage, deps: StageExecutorDeps): Promise<PooledExecutor> {
  const context = { pipeline: pipeline.name, version: pipeline.version, stage, log: deps.log };
  if (placeOf(context) === 'in-place') return new InPlacePool(await makeExecutor(context), stage.name, stage.executors);
  const { clock, log } = deps;
  const { abortGraceMs, maxWaiting } = { ...DEFAULT_LIMITS, ...deps.limits };
  const { kind } = stage.executor;
  return new ExecutorPool({
    stage: stage.name,
    description: { kind, summary: `${kind}, not loaded` },
    size: stage.executors,
    timeoutMs: stage.timeoutMs,
    abortGraceMs,
    maxWaiting,
    make: (onDeath) => createHostedExecutor(pipeline, stage, { ...deps, onDeath }),
    clock,
    log,
  });
}

/** One executor of the stage in one thread or process of its own (a member of the pool), not loaded yet. Takes one call at a time. */
export function createHostedExecutor(pipeline: CompiledPipeline, stage: CompiledStage, deps: HostedExecutorDeps): HostedExecutor {
  const { clock, environment, log, onDeath } = deps;
  const { loadTimeoutMs, maxHeapMiB, unloadGraceMs } = { ...DEFAULT_LIMITS, ...deps.limits };
  const place = stage.executor.kind === 'function' ? stage.executor.isolation : 'thread';
  const options = { environment: hostEnvironment(environment), maxHeapMiB };
  const open: OpenHost = (events) => (place === 'process' ? new ProcessHost(options, events) : new ThreadHost(options, events));
  const boot = { kind: 'load', pipeline: pipeline.name, version: pipeline.version, stage } as const;
  return new HostedExecutor({ open, boot, place, loadTimeoutMs, unloadGraceMs, clock, log, onDeath });
}
