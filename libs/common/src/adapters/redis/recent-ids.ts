/**
 * Ids met lately, in bounded memory: two sets of at most `capacity`; when the younger is full it becomes the older and the oldest ids are
 * forgotten. So the last `capacity` ids are always known.
 */
export class RecentIds {
  readonly #capacity: number;
  #younger = new Set<string>();
  #older = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(id: string): void {
    this.#younger.add(id);
    if (this.#younger.size < this.#capacity) return;
    this.#older = this.#younger;
    this.#younger = new Set();
  }

  has(id: string): boolean {
    return this.#younger.has(id) || this.#older.has(id);
  }
}
