interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  readonly stop: () => void;
}

/** Callers waiting for a value by name. One that gives up leaves nothing behind. */
export class Waiters<T> {
  readonly #waiting = new Map<string, Set<Waiter<T>>>();

  /** Registers at once. Rejects with the signal's reason when it aborts first. */
  wait(name: string, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise<T>((resolve, reject) => {
      const giveUp = (): void => {
        this.#remove(name, waiter);
        reject(signal.reason);
      };
      const waiter: Waiter<T> = { resolve, reject, stop: () => signal.removeEventListener('abort', giveUp) };
      signal.addEventListener('abort', giveUp, { once: true });
      const others = this.#waiting.get(name);
      if (others === undefined) this.#waiting.set(name, new Set([waiter]));
      else others.add(waiter);
    });
  }

  wake(name: string, value: T): void {
    const waiters = this.#waiting.get(name);
    if (waiters === undefined) return;
    this.#waiting.delete(name);
    for (const waiter of waiters) {
      waiter.stop();
      waiter.resolve(value);
    }
  }

  /** Rejects everyone who waits. */
  rejectAll(error: unknown): void {
    const all = [...this.#waiting.values()].flatMap((waiters) => [...waiters]);
    this.#waiting.clear();
    for (const waiter of all) {
      waiter.stop();
      waiter.reject(error);
    }
  }

  /** How many names are waited for. */
  get size(): number {
    return this.#waiting.size;
  }

  #remove(name: string, waiter: Waiter<T>): void {
    const others = this.#waiting.get(name);
    others?.delete(waiter);
    if (others?.size === 0) this.#waiting.delete(name);
  }
}
