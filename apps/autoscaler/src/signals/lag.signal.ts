import { groupName, retryGroupName, retryTopicName, topicName } from '#common/pipeline';
import type { Bus } from '#common/ports';
import type { StageSample } from '#common/scaling';
import type { Signal } from './signal.ts';

/** Records waiting for each stage, from the bus. */
export class LagSignal implements Signal {
  private readonly bus: Bus;
  private readonly prefix: string;

  constructor(bus: Bus, prefix: string) {
    this.bus = bus;
    this.prefix = prefix;
  }

  async read({ name, stages }: Parameters<Signal['read']>[0]): Promise<ReadonlyMap<string, Partial<StageSample>>> {
    const samples = new Map<string, Partial<StageSample>>();
    await Promise.all(
      stages.map(async (stage) => {
        // A bus that cannot say is an absent signal; the tick holds the last good size.
        const groups = [
          [groupName(name, stage.name, this.prefix), topicName(name, stage.name, this.prefix)],
          [retryGroupName(name, stage.name, this.prefix), retryTopicName(name, stage.name, this.prefix)],
        ] as const;
        const lags = await Promise.all(groups.map(([group, topic]) => this.bus.lag(group, [topic]))).catch(() => undefined);
        if (lags === undefined) return;
        samples.set(stage.name, { backlog: lags.flat().flatMap((lag) => lag.partitions).reduce((sum, lag) => sum + lag, 0) });
      }),
    );
    return samples;
  }
}
