import { toAppError } from '#common/errors';
import type { AppError, ErrorCode } from '#common/errors';
import type { CompiledStage } from '#common/pipeline';
import type { CancelTimer, Clock } from '#common/ports';
import type { ExecuteOutputs, PooledExecutor } from '../executors/index.ts';
import { BatchQueue } from './batch-queue.ts';
import type { BatchItem } from './batch-queue.ts';
import { checkOutputs } from './check-outputs.ts';
import { splitOutputs, stackInputs } from './stack.ts';

/** One execution of a batch. */
export interface BatchRun {
  /** Cluster time it began. */
  readonly startedAtMs: number;
  readonly computeMs: number;
  /** Rows executed together; 1 for a request that has none. */
  readonly rows: number;
}

/** Where requests go after the batcher. All are called synchronously and must not throw. */
export interface BatchEvents<Item> {
  /** Asked right before compute. False = it must not be computed, and its end has been seen to. */
  readonly admit: (item: Item) => boolean;
  /** `outputs` in the order of the items, each checked against the stage's declaration. */
  readonly executed: (items: readonly Item[], outputs: readonly ExecuteOutputs[], run: BatchRun) => void;
  readonly failed: (items: readonly Item[], error: AppError, run: BatchRun) => void;
}

export interface BatcherOptions<Item> {
  readonly stage: CompiledStage;
  readonly executor: PooledExecutor;
  readonly clock: Clock;
  /** Aborted when the worker stops without waiting. */
  readonly signal: AbortSignal;
  readonly events: BatchEvents<Item>;
}

/** Errors that one request may have brought upon its whole batch. */
const ONE_BAD_ITEM: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['STAGE_FAILED', 'INPUT_REJECTED', 'BAD_OUTPUT']);

/** Weight of the newest execution in the mean compute time. */
const NEWEST = 0.2;

/** Takes batches straight from the queue whenever an executor is free: while all are busy the next batch grows by itself. */
export class Batcher<Item extends BatchItem> {
  readonly #options: BatcherOptions<Item>;
  readonly #queue: BatchQueue<Item>;
  #computeMs = 0;
  #wakeAtMs = Infinity;
  #cancelWake: CancelTimer | undefined;

  constructor(options: BatcherOptions<Item>) {
    this.#options = options;
    this.#queue = new BatchQueue(options.stage.batch);
  }

  /** Hears from the executors when one is free again. */
  start(): void {
    this.#options.executor.onFree(this.dispatch);
  }

  /** Queues a request; nothing runs before `dispatch`, so that all that came together is batched together. */
  add(item: Item): void {
    this.#queue.push(item);
  }

  /** Ends what waits for an executor and has expired or ended meanwhile; called now and then, for executors may be away for long. */
  sweep(): void {
    this.#queue.sweep(this.#options.events.admit);
  }

  /** Hands batches to free executors until one or the other runs out. */
  readonly dispatch = (): void => {
    const { executor, clock, events } = this.#options;
    while (this.#queue.length > 0 && executor.free() > 0) {
      const collected = this.#queue.collect(clock.clusterNow(), this.#computeMs);
      if (collected === undefined) return;
      if ('waitUntilMs' in collected) {
        this.#wakeAt(collected.waitUntilMs);
        return;
      }
      const batch = collected.batch.filter(events.admit);
      if (batch.length > 0) this.#run(batch);
    }
  };

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    const { clock } = this.#options;
    this.#cancelWake?.();
    this.#wakeAtMs = atMs;
    this.#cancelWake = clock.after(Math.max(0, atMs - clock.clusterNow()), () => {
      this.#wakeAtMs = Infinity;
      this.dispatch();
    });
  }

  #run(batch: readonly Item[]): void {
    const { clock, executor, signal } = this.#options;
    const startedAtMs = clock.clusterNow();
    const startedAt = clock.now();
    let rows = 0;
    let nearestDeadlineMs = Infinity;
    for (const item of batch) {
      rows += item.rows ?? 1;
      if (item.deadlineMs < nearestDeadlineMs) nearestDeadlineMs = item.deadlineMs;
    }
    const ran = (): BatchRun => ({ startedAtMs, computeMs: clock.now() - startedAt, rows });
    const call = {
      inputs: stackInputs(batch.map((item) => item.inputs)),
      // Parameters belong to one request, so a batch of several has none.
      parameters: batch.length === 1 ? (batch[0]?.parameters ?? {}) : {},
      requestIds: batch.map((item) => item.requestId),
      remainingMs: nearestDeadlineMs - startedAtMs,
    };
    executor.execute(call, signal).then(
      (outputs) => this.#executed(batch, outputs, ran()),
      (thrown: unknown) => this.#failed(batch, toAppError(thrown, 'STAGE_FAILED'), ran()),
    );
  }

  #executed(batch: readonly Item[], outputs: ExecuteOutputs, run: BatchRun): void {
    const { stage, events } = this.#options;
    this.#computeMs = this.#computeMs === 0 ? run.computeMs : this.#computeMs + NEWEST * (run.computeMs - this.#computeMs);
    let sets: readonly ExecuteOutputs[];
    try {
      sets = splitOutputs(outputs, batch.map((item) => item.rows ?? 1), stage.name);
      for (const set of sets) checkOutputs(stage, set);
    } catch (thrown) {
      this.#failed(batch, toAppError(thrown), run);
      return;
    }
    events.executed(batch, sets, run);
  }

  #failed(batch: readonly Item[], error: AppError, run: BatchRun): void {
    if (batch.length === 1 || !ONE_BAD_ITEM.has(error.code)) {
      this.#options.events.failed(batch, error, run);
      return;
    }
    // One by one, so that only the bad request fails. This is the same attempt: the others are not to blame.
    for (const item of batch) item.alone = true;
    this.#queue.unshift(batch);
    this.dispatch();
  }
}
