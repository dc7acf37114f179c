import type { Outcome } from '#common/envelope';

interface Waiter {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  readonly stop: () => void;
}

interface Waited {
  readonly waiters: Set<Waiter>;
  /** The store is known to have held the request: if it does not any more, it lost it. */
  accepted: boolean;
  /** The store has this process on the request's list of those to be woken. */
  watched: boolean;
}

/** Callers waiting for outcomes, by request. One that gives up leaves nothing behind. */
export class WaitingRequests {
  readonly #waited = new Map<string, Waited>();

  /** Registers at once. Rejects with the signal's reason when it aborts first. */
  add(id: string, signal: AbortSignal): Promise<Outcome> {
    return new Promise<Outcome>((resolve, reject) => {
      const giveUp = (): void => {
        this.#remove(id, waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = { resolve, reject, stop: () => signal.removeEventListener('abort', giveUp) };
      signal.addEventListener('abort', giveUp, { once: true });
      const waited = this.#waited.get(id);
      if (waited === undefined) this.#waited.set(id, { waiters: new Set([waiter]), accepted: false, watched: false });
      else waited.waiters.add(waiter);
    });
  }

  has(id: string): boolean {
    return this.#waited.has(id);
  }

  /** The store holds the request, and this process is on its list. */
  markWatched(id: string): void {
    const waited = this.#waited.get(id);
    if (waited !== undefined) waited.accepted = waited.watched = true;
  }

  wasAccepted(id: string): boolean {
    return this.#waited.get(id)?.accepted ?? false;
  }

  /** The store may have lost the lists. */
  unwatchAll(): void {
    for (const waited of this.#waited.values()) waited.watched = false;
  }

  /** Ids, apart by whether the store has this process on their list. */
  byWatch(): { readonly watched: string[]; readonly unwatched: string[] } {
    const watched: string[] = [];
    const unwatched: string[] = [];
    for (const [id, waited] of this.#waited) (waited.watched ? watched : unwatched).push(id);
    return { watched, unwatched };
  }

  wake(id: string, outcome: Outcome): void {
    for (const waiter of this.#take(id)) waiter.resolve(outcome);
  }

  fail(id: string, error: Error): void {
    for (const waiter of this.#take(id)) waiter.reject(error);
  }

  failAll(error: Error): void {
    for (const id of [...this.#waited.keys()]) this.fail(id, error);
  }

  /** How many requests are waited for. */
  get size(): number {
    return this.#waited.size;
  }

  #take(id: string): Iterable<Waiter> {
    const waiters = this.#waited.get(id)?.waiters ?? [];
    this.#waited.delete(id);
    for (const waiter of waiters) waiter.stop();
    return waiters;
  }

  #remove(id: string, waiter: Waiter): void {
    const waited = this.#waited.get(id);
    waited?.waiters.delete(waiter);
    if (waited?.waiters.size === 0) this.#waited.delete(id);
  }
}
