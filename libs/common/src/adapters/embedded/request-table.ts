import type { AcceptRecord } from '#common/ports';
import type { Outcome } from '#common/envelope';
import type { EmbeddedStore, StoreRow, StoreStatement } from './store.ts';

/** An accept record without its first hops. */
export type RequestRecord = Omit<AcceptRecord, 'entry'>;

/** Bytes in the row, or in a file of their own; both absent once the body has expired. */
export interface StoredBody {
  readonly bytes: Uint8Array | undefined;
  readonly file: string | undefined;
}

export interface StoredRequest {
  readonly seq: number;
  readonly record: RequestRecord;
  readonly phase: 'open' | 'ended' | 'mark';
  readonly kind: Outcome['kind'] | undefined;
  readonly body: StoredBody;
}

/** Names of body files that nothing refers to any more, once the write is committed. */
export interface Purged {
  readonly rows: number;
  readonly files: readonly string[];
}

const PHASES = ['open', 'ended', 'mark'] as const;
// The position is what the row holds in `kind`; 0 = no outcome yet.
const KINDS = [undefined, 'result', 'error', 'deadline', 'cancelled'] as const;

/** SQL of requests. Methods that write are called inside `store.write`. */
export class RequestTable {
  readonly #insert: StoreStatement;
  readonly #end: StoreStatement;
  readonly #byId: StoreStatement;
  readonly #markById: StoreStatement;
  readonly #open: StoreStatement;
  readonly #openFrom: StoreStatement;
  readonly #saveOpenFrom: StoreStatement;
  readonly #files: StoreStatement;
  readonly #expired: StoreStatement;
  readonly #remove: StoreStatement;
  readonly #insertMark: StoreStatement;
  readonly #removeMarks: StoreStatement;
  readonly #removeOldestMarks: StoreStatement;
  readonly #countMarks: StoreStatement;
  #lastSeq: number;

  constructor(store: EmbeddedStore) {
    this.#insert = store.prepare(`INSERT INTO request(seq, id, phase, kind, expires_at, record, body, body_file)
      SELECT ?1, ?2, 0, 0, 0, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM mark WHERE id = ?2) ON CONFLICT DO NOTHING`);
    this.#end = store.prepare('UPDATE request SET phase = 1, kind = ?, expires_at = ?, body = ?, body_file = ? WHERE seq = ? AND phase = 0');
    this.#byId = store.prepare('SELECT seq, phase, kind, record, body, body_file FROM request WHERE id = ?');
    this.#markById = store.prepare('SELECT seq, 2 AS phase, kind, record FROM mark WHERE id = ?');
    this.#open = store.prepare('SELECT seq, phase, kind, record, body, body_file FROM request WHERE seq > ? AND phase = 0 ORDER BY seq LIMIT ?');
    this.#openFrom = store.prepare('SELECT seq, (SELECT max(seq) FROM request) AS last FROM request_open_from');
    this.#saveOpenFrom = store.prepare('UPDATE request_open_from SET seq = ?');
    this.#files = store.prepare('SELECT body_file FROM request WHERE body_file IS NOT NULL');
    this.#expired = store.prepare('SELECT seq, id, kind, record, body_file FROM request WHERE phase = 1 AND expires_at <= ? ORDER BY expires_at LIMIT ?');
    this.#remove = store.prepare('DELETE FROM request WHERE seq = ?');
    this.#insertMark = store.prepare('INSERT INTO mark(id, kind, expires_at, record) VALUES(?, ?, ?, ?)');
    this.#removeMarks = store.prepare('DELETE FROM mark WHERE seq IN (SELECT seq FROM mark WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)');
    this.#removeOldestMarks = store.prepare('DELETE FROM mark WHERE seq IN (SELECT seq FROM mark ORDER BY expires_at LIMIT ?)');
    this.#countMarks = store.prepare('SELECT count(*) AS marks FROM mark');
    const { seq = 1, last = null } = this.#openFrom.get() ?? {};
    this.#lastSeq = Math.max(Number(seq) - 1, Number(last ?? 0));
  }

  /** The number the last request got. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Answers the request's number; undefined when the id is known already. */
  insert(record: RequestRecord, entry: StoredBody): number | undefined {
    // Numbered here and not by SQLite, which would use the numbers of purged rows again.
    const seq = ++this.#lastSeq;
    return this.#insert.run(seq, record.requestId, JSON.stringify(record), entry.bytes ?? null, entry.file ?? null) === 1 ? seq : undefined;
  }

  /** The entry goes, the outcome takes its place. */
  end(seq: number, kind: Outcome['kind'], expiresAtMs: number, outcome: StoredBody): void {
    this.#end.run(KINDS.indexOf(kind), Math.ceil(expiresAtMs), outcome.bytes ?? null, outcome.file ?? null, seq);
  }

  find(requestId: string): StoredRequest | undefined {
    const row = this.#byId.get(requestId) ?? this.#markById.get(requestId);
    return row === undefined ? undefined : toRequest(row);
  }

  /** No request below it is open. */
  get openFrom(): number {
    return Number(this.#openFrom.get()?.['seq'] ?? 1);
  }

  saveOpenFrom(seq: number): void {
    this.#saveOpenFrom.run(seq);
  }

  /** Requests without an outcome, in accept order, from behind `afterSeq` on. */
  open(afterSeq: number, limit: number): StoredRequest[] {
    return this.#open.all(afterSeq, limit).map(toRequest);
  }

  /** Every body file a row refers to. */
  files(): Set<string> {
    return new Set(this.#files.all().map((row) => String(row['body_file'])));
  }

  countMarks(): number {
    return Number(this.#countMarks.get()?.['marks'] ?? 0);
  }

  /** Turns up to `limit` outcomes that expired by `nowMs` into bodiless marks that stay until `markUntilMs`. */
  expireResults(nowMs: number, markUntilMs: number, limit: number): Purged {
    const rows = this.#expired.all(nowMs, limit);
    for (const { seq = null, id = null, kind = null, record = null } of rows) {
      this.#remove.run(seq);
      this.#insertMark.run(id, kind, Math.ceil(markUntilMs), record);
    }
    return { rows: rows.length, files: rows.flatMap((row) => (typeof row['body_file'] === 'string' ? [row['body_file']] : [])) };
  }

  /** Removes up to `limit` marks that expired by `nowMs`; answers how many. */
  removeMarks(nowMs: number, limit: number): number {
    return this.#removeMarks.run(nowMs, limit);
  }

  removeOldestMarks(limit: number): number {
    return this.#removeOldestMarks.run(limit);
  }
}

function toRequest(row: StoreRow): StoredRequest {
  const { body, body_file: file } = row;
  return {
    seq: Number(row['seq']),
    record: JSON.parse(String(row['record'])) as RequestRecord,
    phase: PHASES[Number(row['phase'])] ?? 'mark',
    kind: KINDS[Number(row['kind'])],
    body: { bytes: body instanceof Uint8Array ? body : undefined, file: typeof file === 'string' ? file : undefined },
  };
}
