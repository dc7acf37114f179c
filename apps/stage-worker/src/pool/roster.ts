import type { PoolMember } from './pool-member.ts';

/** Who is in the pool, and who of them is free. */
export class Roster {
  readonly #members = new Set<PoolMember>();
  /** The one used last is used next, since its caches are warm. */
  readonly #free: PoolMember[] = [];

  get size(): number {
    return this.#members.size;
  }

  /** Members that would start a call at once. */
  get freeCount(): number {
    return this.#free.length;
  }

  has(member: PoolMember): boolean {
    return this.#members.has(member);
  }

  add(member: PoolMember): void {
    this.#members.add(member);
  }

  remove(member: PoolMember): void {
    this.#members.delete(member);
    const at = this.#free.indexOf(member);
    if (at >= 0) this.#free.splice(at, 1);
  }

  takeFree(): PoolMember | undefined {
    return this.#free.pop();
  }

  setFree(member: PoolMember): void {
    this.#free.push(member);
  }

  all(): readonly PoolMember[] {
    return [...this.#members];
  }

  staying(): readonly PoolMember[] {
    return this.all().filter(({ retiring }) => !retiring);
  }

  count(state: PoolMember['state']): number {
    let count = 0;
    for (const member of this.#members) if (member.state === state) count += 1;
    return count;
  }

  /** The member that is cheapest to lose: one that does not work yet, then one that does not work now. */
  mostDispensable(): PoolMember | undefined {
    const staying = this.staying();
    return staying.find(({ state }) => state === 'starting') ?? staying.find(({ state }) => state === 'free') ?? staying[0];
  }
}
