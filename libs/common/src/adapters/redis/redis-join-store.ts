import type { AddPart, AddPartResult, Clock, JoinKey, JoinLease, JoinPart, JoinStore } from '#common/ports';
import type { RedisClient, RedisReply } from './redis-client.ts';
import { mayHaveBeenApplied } from './redis-errors.ts';
import type { RedisKeys } from './redis-keys.ts';

export interface RedisJoinStoreOptions {
  readonly client: RedisClient;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  /** Names this process in the store: no other ever has it. */
  readonly processId: string;
  /** How long a lease holds; then another may fire the join. */
  readonly leaseMs: number;
}

/** Leases taken over per look: the next look is at most a tenth of a second away. */
const MOST_DUE = 64;
const MOST_UNCERTAIN = 10_000;

/**
 * Joins in Redis, one hash each (see scripts/prelude.lua): open (parts missing) -> leased (complete, being fired; again and again when leases
 * lapse) -> closed (fired, or its request ended) -> expired. Each step is one script.
 */
export class RedisJoinStore implements JoinStore {
  readonly #options: RedisJoinStoreOptions;
  /** Tokens of parts whose adding was not answered: when it is tried again and had been applied, the lease is recognised as its own. */
  readonly #uncertain = new Map<string, string>();
  #serial = 0;

  constructor(options: RedisJoinStoreOptions) {
    this.#options = options;
  }

  async addPart({ key, scope, part, expected, expiresAtMs }: AddPart): Promise<AddPartResult> {
    const { client, clock, keys, leaseMs } = this.#options;
    const name = nameOf(key);
    const attempt = `${name} ${part.member}`;
    const token = this.#uncertain.get(attempt) ?? this.#newToken();
    const nowMs = clock.clusterNow();
    const names = [keys.joinPrefix + name, keys.dueJoins(scope), keys.joinsOf(key.requestId)];
    const args = [name, part.member, part.bytes, expected, Math.ceil(expiresAtMs), nowMs, nowMs + leaseMs, token];
    try {
      const reply = await client.script('addPart', names, args, `add part ${part.member} of join ${name}`);
      this.#uncertain.delete(attempt);
      return toResult(key, token, reply);
    } catch (error) {
      if (mayHaveBeenApplied(error) && this.#uncertain.size < MOST_UNCERTAIN) this.#uncertain.set(attempt, token);
      throw error;
    }
  }

  async done({ key }: JoinLease): Promise<void> {
    const { client, keys } = this.#options;
    const name = nameOf(key);
    // A lease that lapsed counts too: its outputs are acknowledged, firing once more would only repeat them.
    await client.script('closeJoin', [keys.joinPrefix + name], [name], `close join ${name}`);
  }

  async due(scope: string, nowMs: number): Promise<readonly JoinLease[]> {
    const { client, keys, leaseMs } = this.#options;
    const args = [nowMs, nowMs + leaseMs, this.#newToken(), MOST_DUE, keys.joinPrefix];
    const reply = await client.script('due', [keys.dueJoins(scope)], args, `list joins due at ${scope}`);
    return list(reply).map((lease) => {
      const [name, token, ...parts] = list(lease);
      return { key: keyOf(String(name)), token: String(token), parts: toParts(parts) };
    });
  }

  async forget(requestId: string): Promise<void> {
    const { client, keys } = this.#options;
    // Best effort: whatever is left expires.
    await client.script('forgetJoins', [keys.joinsOf(requestId)], [keys.joinPrefix], `forget the joins of request ${requestId}`).catch(() => undefined);
  }

  #newToken(): string {
    return `${this.#options.processId}.${(this.#serial++).toString(36)}`;
  }
}

function toResult(key: JoinKey, token: string, reply: RedisReply): AddPartResult {
  const [state, ...rest] = list(reply);
  if (String(state) === 'pending') return { state: 'pending', present: Number(rest[0]) };
  return String(state) === 'fire' ? { state: 'fire', lease: { key, token, parts: toParts(rest) } } : { state: 'closed' };
}

function toParts(flat: readonly RedisReply[]): JoinPart[] {
  const parts: JoinPart[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) parts.push({ member: String(flat[at]), bytes: flat[at + 1] as Buffer });
  return parts;
}

function list(reply: RedisReply): readonly RedisReply[] {
  return Array.isArray(reply) ? reply : [];
}

function nameOf({ requestId, run, node }: JoinKey): string {
  return `${requestId}/${run}/${node}`;
}

function keyOf(name: string): JoinKey {
  const [node, run, ...id] = name.split('/').reverse();
  return { requestId: id.reverse().join('/'), run: Number(run), node: Number(node) };
}
