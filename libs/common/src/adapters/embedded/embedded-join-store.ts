import type { AddPart, AddPartResult, Clock, JoinKey, JoinLease, JoinPart, JoinStore } from '#common/ports';
import { ExpiryBuckets } from './expiry-buckets.ts';

export interface EmbeddedJoinStoreOptions {
  readonly clock: Clock;
  /** How long a lease holds; then another may fire the join. */
  readonly leaseMs: number;
}

/** open (parts missing) -> leased (complete, being fired; again and again when leases lapse) -> closed (fired, or its request ended) -> expired. */
interface Join {
  readonly name: string;
  readonly key: JoinKey;
  readonly scope: string;
  readonly expected: number;
  parts: Map<string, JoinPart>;
  state: 'open' | 'leased' | 'closed';
  token: string;
  leasedUntilMs: number;
  expiresAtMs: number;
}

const BUCKET_MS = 1000;
const CLOSED = { state: 'closed' } as const;

/** Joins in memory: after a crash requests run again from their start, so parts need not outlive the process. */
export class EmbeddedJoinStore implements JoinStore {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #joins = new Map<string, Join>();
  readonly #byRequest = new Map<string, Set<Join>>();
  /** Leased joins by scope, in lease order: those whose lease lapses first come first. */
  readonly #leased = new Map<string, Set<Join>>();
  readonly #expiry = new ExpiryBuckets<Join>(BUCKET_MS);
  #leases = 0;

  constructor(options: EmbeddedJoinStoreOptions) {
    this.#clock = options.clock;
    this.#leaseMs = options.leaseMs;
  }

  async addPart(request: AddPart): Promise<AddPartResult> {
    const nowMs = this.#clock.clusterNow();
    this.#removeExpired(nowMs);
    if (request.expiresAtMs <= nowMs) return CLOSED;
    const join = this.#joins.get(nameOf(request.key)) ?? this.#create(request);
    if (join.state === 'closed') return CLOSED;
    if (join.state === 'leased') return join.leasedUntilMs <= nowMs ? { state: 'fire', lease: this.#lease(join, nowMs) } : CLOSED;
    // First write wins: a repeat carries the same part.
    if (!join.parts.has(request.part.member)) join.parts.set(request.part.member, request.part);
    if (join.parts.size < join.expected) return { state: 'pending', present: join.parts.size };
    return { state: 'fire', lease: this.#lease(join, nowMs) };
  }

  async done(lease: JoinLease): Promise<void> {
    const join = this.#joins.get(nameOf(lease.key));
    // A lease that lapsed counts too: its outputs are acknowledged, firing once more would only repeat them.
    if (join !== undefined) this.#close(join);
  }

  async due(scope: string, nowMs: number): Promise<readonly JoinLease[]> {
    this.#removeExpired(nowMs);
    const lapsed: Join[] = [];
    for (const join of this.#leased.get(scope) ?? []) {
      if (join.leasedUntilMs > nowMs) break;
      lapsed.push(join);
    }
    return lapsed.map((join) => this.#lease(join, nowMs));
  }

  async forget(requestId: string): Promise<void> {
    for (const join of this.#byRequest.get(requestId) ?? []) this.#close(join);
  }

  /** Joins held, closed ones that have not expired included. */
  get size(): number {
    return this.#joins.size;
  }

  #create({ key, scope, expected, expiresAtMs }: AddPart): Join {
    const join: Join = { name: nameOf(key), key, scope, expected, expiresAtMs, parts: new Map(), state: 'open', token: '', leasedUntilMs: 0 };
    this.#joins.set(join.name, join);
    const others = this.#byRequest.get(key.requestId);
    if (others === undefined) this.#byRequest.set(key.requestId, new Set([join]));
    else others.add(join);
    this.#expiry.add(join, expiresAtMs);
    return join;
  }

  #lease(join: Join, nowMs: number): JoinLease {
    join.state = 'leased';
    join.token = String(++this.#leases);
    join.leasedUntilMs = nowMs + this.#leaseMs;
    const leased = this.#leased.get(join.scope) ?? new Set();
    this.#leased.set(join.scope, leased);
    // Deleted first, so that it moves to the end.
    leased.delete(join);
    leased.add(join);
    return { key: join.key, token: join.token, parts: [...join.parts.values()] };
  }

  #close(join: Join): void {
    join.state = 'closed';
    join.parts = new Map();
    this.#leased.get(join.scope)?.delete(join);
    this.#unindex(join);
  }

  #unindex(join: Join): void {
    const others = this.#byRequest.get(join.key.requestId);
    others?.delete(join);
    if (others?.size === 0) this.#byRequest.delete(join.key.requestId);
  }

  #removeExpired(nowMs: number): void {
    for (const join of this.#expiry.take(nowMs)) {
      this.#close(join);
      this.#joins.delete(join.name);
    }
  }
}

function nameOf({ requestId, run, node }: JoinKey): string {
  return `${requestId}/${run}/${node}`;
}
