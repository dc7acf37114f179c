import type { NamedTensors, Parameters } from '#common/inference';
import type { BatchSpec } from '#common/pipeline';
import { closeAtMs } from './batch-policy.ts';
import { isStackable } from './stack.ts';

/** One request's turn at a stage, as far as batches care. */
export interface BatchItem {
  readonly requestId: string;
  readonly parameters: Parameters;
  readonly inputs: NamedTensors;
  /** Size of dim 0; undefined = it cannot lie under others. */
  readonly rows: number | undefined;
  /** Cluster time, milliseconds. */
  readonly deadlineMs: number;
  /** Cluster time it was taken in: its age in a batch counts from here. */
  readonly takenAtMs: number;
  /** Not to be executed with others: it failed before, or in a batch that did. */
  alone: boolean;
}

/** What may be executed now, or the cluster time to look again. */
export type Collected<Item> = { readonly batch: readonly Item[] } | { readonly waitUntilMs: number } | undefined;

/** Requests that wait for an executor, oldest first. Bounded by the worker's window. */
export class BatchQueue<Item extends BatchItem> {
  readonly #spec: BatchSpec;
  #items: Item[] = [];

  constructor(spec: BatchSpec) {
    this.#spec = spec;
  }

  get length(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** Before all others: the requests of a batch that failed, which have waited already. */
  unshift(items: readonly Item[]): void {
    this.#items.unshift(...items);
  }

  /** Removes what must not be computed any more (expired, cancelled); `admit` says which and has taken care of the rest. */
  sweep(admit: (item: Item) => boolean): void {
    if (this.#items.length === 0) return;
    const before = this.#items;
    this.#items = [];
    // What `admit` brings in meanwhile comes after what was there.
    const kept = before.filter(admit);
    this.#items = this.#items.length === 0 ? kept : kept.concat(this.#items);
  }

  /** The next batch: the oldest request and those that can lie under it. */
  collect(nowMs: number, computeMs: number): Collected<Item> {
    const first = this.#items[0];
    if (first === undefined) return undefined;
    if (this.#spec.max <= 1 || first.alone || first.rows === undefined) return { batch: this.#items.splice(0, 1) };
    const picked = this.#pick(first, first.rows);
    const { rows, nearestDeadlineMs, last, batch } = picked;
    const othersWait = batch.length < this.#items.length;
    const waitUntilMs = closeAtMs({ rows, oldestAtMs: first.takenAtMs, nearestDeadlineMs, computeMs, othersWait }, this.#spec);
    if (waitUntilMs > nowMs) return { waitUntilMs };
    this.#remove(batch, last);
    return { batch };
  }

  #pick(first: Item, firstRows: number): { batch: Item[]; rows: number; nearestDeadlineMs: number; last: number } {
    const batch = [first];
    let rows = firstRows;
    let nearestDeadlineMs = first.deadlineMs;
    let last = 0;
    for (let index = 1; index < this.#items.length && rows < this.#spec.max; index++) {
      const item = this.#items[index];
      if (item === undefined || item.alone || item.rows === undefined || rows + item.rows > this.#spec.max) continue;
      if (!isStackable(first.inputs, item.inputs)) continue;
      batch.push(item);
      rows += item.rows;
      if (item.deadlineMs < nearestDeadlineMs) nearestDeadlineMs = item.deadlineMs;
      last = index;
    }
    return { batch, rows, nearestDeadlineMs, last };
  }

  #remove(batch: readonly Item[], last: number): void {
    if (last === batch.length - 1) {
      this.#items.splice(0, batch.length);
      return;
    }
    const picked = new Set(batch);
    this.#items = this.#items.filter((item) => !picked.has(item));
  }
}
