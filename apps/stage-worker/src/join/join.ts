import { decodeEnvelope } from '#common/envelope';
import type { Envelope } from '#common/envelope';
import { expectedParts, joinNode, memberOf } from '#common/pipeline';
import type { CompiledPipeline } from '#common/pipeline';
import type { JoinKey, JoinLease, JoinStore } from '#common/ports';

/** A complete set of parts and the right to go on with it. Whoever finishes calls `done` once its outputs are acknowledged. */
export interface JoinedParts {
  readonly parts: readonly Envelope[];
  /** The parts as they came, in the same order. */
  readonly bytes: readonly Uint8Array[];
  readonly lease: JoinLease;
}

export interface JoinOptions {
  readonly pipeline: CompiledPipeline;
  /** The stage's number, or `stages.length` for the answer. */
  readonly node: number;
  /** `<pipeline>.<stage>`: lapsed leases are listed by it. */
  readonly scope: string;
  readonly joins: JoinStore;
  /** How long the parts outlive the deadline, milliseconds: time for the deadline outcome to be written. */
  readonly keepMs: number;
}

/** Joins the parts of one node in the store, where any worker of the stage may complete them. Parts are kept as their encoded messages. */
export class Join {
  readonly #options: JoinOptions;

  constructor(options: JoinOptions) {
    this.#options = options;
  }

  /** True when this message is all its node waits for (one member; a scatter of one part or none): then the store is left out. */
  isWhole(part: Envelope): boolean {
    return expectedParts(this.#options.pipeline, this.#options.node, part) === 1;
  }

  /** Adds a part; the one that completes the set gets it back. Undefined: the set is not complete, or another fires it. Idempotent. */
  async add(part: Envelope, bytes: Uint8Array): Promise<JoinedParts | undefined> {
    const { pipeline, node, scope, joins, keepMs } = this.#options;
    const added = await joins.addPart({
      key: { requestId: part.requestId, run: part.run, node: joinNode(pipeline, node, part) },
      scope,
      part: { member: memberOf(part), bytes },
      expected: expectedParts(pipeline, node, part),
      expiresAtMs: part.deadlineMs + keepMs,
    });
    return added.state === 'fire' ? opened(added.lease) : undefined;
  }

  /** Complete sets whose firing worker went silent. */
  async due(nowMs: number): Promise<readonly JoinedParts[]> {
    const leases = await this.#options.joins.due(this.#options.scope, nowMs);
    return leases.map(opened);
  }
}

/** One join in a map: two joins never share it. */
export function joinId(key: JoinKey): string {
  return `${key.requestId} ${String(key.run)} ${String(key.node)}`;
}

function opened(lease: JoinLease): JoinedParts {
  const bytes = lease.parts.map((part) => part.bytes);
  return { parts: bytes.map(decodeEnvelope), bytes, lease };
}
