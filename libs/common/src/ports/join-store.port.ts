/** `node` = the stage number the join belongs to, or the answer's. `run` keeps a restarted request apart from its old parts. */
export interface JoinKey {
  readonly requestId: string;
  readonly run: number;
  readonly node: number;
}

export interface JoinPart {
  /** Who it comes from: a stage number, with a scatter index after a dot (`3`, `3.0`). */
  readonly member: string;
  readonly bytes: Uint8Array;
}

export interface AddPart {
  readonly key: JoinKey;
  /** Where the join is fired from (`<pipeline>.<stage>`): `due` lists by it. */
  readonly scope: string;
  readonly part: JoinPart;
  /** Members the join waits for in all; the same on every call of one join. */
  readonly expected: number;
  /** Cluster time after which everything about the join may be forgotten. */
  readonly expiresAtMs: number;
}

/** The right to fire a complete join, held until it lapses; then another may fire it again (downstream drops the repeat). */
export interface JoinLease {
  readonly key: JoinKey;
  readonly token: string;
  readonly parts: readonly JoinPart[];
}

export type AddPartResult =
  | { readonly state: 'pending'; readonly present: number }
  | { readonly state: 'fire'; readonly lease: JoinLease }
  /** Complete and leased to someone else, fired already, or expired: nothing to do. */
  | { readonly state: 'closed' };

/** Parts of joins. Called once per part by the worker of the joining stage. All writes are idempotent: a part added twice counts once. */
export interface JoinStore {
  /** A part met again while its join is complete but not done, with a lapsed lease, gets the lease anew. Rejects with STORE_UNAVAILABLE. */
  addPart(request: AddPart): Promise<AddPartResult>;
  /** After the joined work's outputs are acknowledged: the parts are dropped and later ones are `closed` until they expire. A lease that lapsed
   *  and was given to another counts too, since its outputs are acknowledged. Idempotent. */
  done(lease: JoinLease): Promise<void>;
  /** Complete joins of the scope whose lease had lapsed by `nowMs` and that are not done, leased to the caller. Polled at most every 100 ms by workers of the stage. */
  due(scope: string, nowMs: number): Promise<readonly JoinLease[]>;
  /** The request ended: its parts go, and none of its joins fires any more. Best effort: a part that comes later may open a join anew. */
  forget(requestId: string): Promise<void>;
}
