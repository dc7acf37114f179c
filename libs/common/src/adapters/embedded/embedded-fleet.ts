import type { Clock, Fleet, WorkerReport } from '#common/ports';

export interface EmbeddedFleetOptions {
  readonly clock: Clock;
  /** A report older than this is that of a worker that died. */
  readonly freshForMs: number;
}

/** Workers of this process. */
export class EmbeddedFleet implements Fleet {
  readonly #clock: Clock;
  readonly #freshForMs: number;
  readonly #reports = new Map<string, WorkerReport>();

  constructor(options: EmbeddedFleetOptions) {
    this.#clock = options.clock;
    this.#freshForMs = options.freshForMs;
  }

  async report(report: WorkerReport): Promise<void> {
    this.#reports.set(report.workerId, report);
  }

  async withdraw(workerId: string): Promise<void> {
    this.#reports.delete(workerId);
  }

  async workers(): Promise<readonly WorkerReport[]> {
    const oldestMs = this.#clock.clusterNow() - this.#freshForMs;
    for (const [id, { atMs }] of this.#reports) if (atMs < oldestMs) this.#reports.delete(id);
    return [...this.#reports.values()];
  }
}
