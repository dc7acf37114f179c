interface Waiting {
  readonly operation: () => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts the writes of one event-loop turn into one transaction: under load the cost of a commit is shared, alone a write waits for the end of
 * its own turn only. A promise settles after the commit; when the transaction fails, every write in it is rejected with the same error.
 */
export class GroupCommit {
  readonly #transaction: (body: () => void) => void;
  readonly #atEndOfTurn: (call: () => void) => void;
  #waiting: Waiting[] = [];

  /** `transaction` runs the body and commits, or undoes all of it and throws. */
  constructor(transaction: (body: () => void) => void, atEndOfTurn: (call: () => void) => void) {
    this.#transaction = transaction;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** Resolves with what the operation returned, once that is committed. */
  write<T>(operation: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length === 0) this.#atEndOfTurn(() => this.flush());
      this.#waiting.push({ operation, resolve, reject });
    });
  }

  /** Commits what is waiting now; for closing. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    const results: unknown[] = [];
    try {
      this.#transaction(() => {
        for (const { operation } of group) results.push(operation());
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    for (const [index, { resolve }] of group.entries()) resolve(results[index] as never);
  }
}
