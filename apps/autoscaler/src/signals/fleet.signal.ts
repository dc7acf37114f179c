import type { Fleet } from '#common/ports';
import type { StageSample } from '#common/scaling';
import type { Signal } from './signal.ts';

/** Executors that are ready and busy, summed over the workers of each stage. */
export class FleetSignal implements Signal {
  private readonly fleet: Fleet;

  constructor(fleet: Fleet) {
    this.fleet = fleet;
  }

  async read({ name, version }: Parameters<Signal['read']>[0]): Promise<ReadonlyMap<string, Partial<StageSample>>> {
    const samples = new Map<string, { executors: number; executorsBusy: number }>();
    // A fleet that cannot be read says nothing about sizes: absent, not zero.
    const workers = await this.fleet.workers().catch(() => []);
    for (const worker of workers) {
      if (worker.pipeline !== name || worker.version !== version || worker.state !== 'ready') continue;
      const sum = samples.get(worker.stage) ?? { executors: 0, executorsBusy: 0 };
      samples.set(worker.stage, { executors: sum.executors + worker.executors, executorsBusy: sum.executorsBusy + worker.executorsBusy });
    }
    return samples;
  }
}
