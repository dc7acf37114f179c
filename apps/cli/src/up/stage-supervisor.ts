import type { StageWorker } from '#apps/stage-worker';
import type { CancelTimer, Clock, Log } from '#common/ports';

type Worker = Pick<StageWorker, 'start' | 'drain' | 'stop'>;

export interface SupervisorParts {
  /** For the log: `digits/net`. */
  readonly name: string;
  /** A new worker; `onFailed` is called once, when it will do nothing any more. */
  readonly make: (onFailed: () => void) => Promise<Worker>;
  readonly clock: Clock;
  readonly log: Log;
}

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Keeps one stage served: a worker that fails, when it loads or later, is replaced after a pause that doubles until one is ready. During the
 * pause the failed one still tells the Fleet why, so that readiness shows it.
 */
export class StageSupervisor {
  readonly #parts: SupervisorParts;
  #worker: Worker | undefined;
  #cancelPause: CancelTimer | undefined;
  #failures = 0;
  #isOver = false;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
  }

  /** Makes the first worker without starting it. Rejects with CONFIG_INVALID for a kind of executor that does not exist. */
  async prepare(): Promise<void> {
    this.#worker = await this.#parts.make(() => this.#replaceLater());
  }

  /** Resolves when the worker is ready; rejects with why it is not, and goes on trying. */
  async start(): Promise<void> {
    await this.#worker?.start();
    this.#failures = 0;
  }

  async drain(graceMs: number): Promise<void> {
    this.#end();
    await this.#worker?.drain(graceMs);
  }

  async stop(): Promise<void> {
    this.#end();
    await this.#worker?.stop();
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelPause?.();
  }

  #replaceLater(): void {
    if (this.#isOver) return;
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#cancelPause = this.#parts.clock.after(pauseMs, () => void this.#replace());
  }

  async #replace(): Promise<void> {
    const { log, name } = this.#parts;
    try {
      await this.#worker?.stop();
      await this.prepare();
      // It may have been stopped meanwhile: nobody else would end the new worker.
      if (this.#isOver) return await this.#worker?.stop();
      await this.start();
      log.write('info', `stage ${name} is served again`);
    } catch {
      // The worker has told the log and the Fleet why, and `onFailed` has set the next try.
    }
  }
}
