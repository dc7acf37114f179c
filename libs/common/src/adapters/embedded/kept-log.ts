import type { KeptRange, KeptRecord } from '#common/ports';
import type { LogRecord } from './log.ts';
import type { EmbeddedStore, StoreRow, StoreStatement } from './store.ts';

export interface KeptEntry {
  readonly partition: number;
  readonly record: LogRecord;
}

/** The durable topics: records lie in the store only, so that dead letters nobody reads take no memory. */
export class KeptLogs {
  readonly #store: EmbeddedStore;
  readonly #append: StoreStatement;
  readonly #setEnd: StoreStatement;
  readonly #readOne: StoreStatement;
  readonly #readMany: StoreStatement;
  readonly #range: StoreStatement;
  readonly #remove: StoreStatement;
  readonly #removeOld: StoreStatement;
  readonly #savePosition: StoreStatement;
  readonly #position: StoreStatement;
  #bytes: number;

  constructor(store: EmbeddedStore) {
    this.#store = store;
    this.#append = store.prepare('INSERT INTO kept(topic, partition, position, at, key, headers, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)');
    this.#setEnd = store.prepare('INSERT INTO kept_end VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position');
    this.#readOne = store.prepare('SELECT key, headers, bytes FROM kept WHERE topic = ? AND partition = ? AND position = ?');
    this.#readMany = store.prepare('SELECT * FROM kept WHERE topic = ? AND partition = ? AND position >= ? ORDER BY position LIMIT ?');
    this.#range = store.prepare(`SELECT coalesce((SELECT min(position) FROM kept WHERE topic = ?1 AND partition = ?2), -1) AS start,
      coalesce((SELECT position FROM kept_end WHERE topic = ?1 AND partition = ?2), 0) AS end`);
    this.#remove = store.prepare('DELETE FROM kept WHERE topic = ? AND partition = ? AND position < ? RETURNING length(bytes) AS size');
    this.#removeOld = store.prepare('DELETE FROM kept WHERE rowid IN (SELECT rowid FROM kept WHERE at <= ? ORDER BY at, position LIMIT ?) RETURNING length(bytes) AS size');
    this.#savePosition = store.prepare('INSERT INTO kept_position VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position');
    this.#position = store.prepare('SELECT position FROM kept_position WHERE reader = ? AND topic = ? AND partition = ?');
    this.#bytes = Number(store.prepare('SELECT total(length(bytes)) AS bytes FROM kept').get()?.['bytes'] ?? 0);
  }

  /** Bytes of all records held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Offsets start at the partition's end and follow each other. Durable when it resolves. */
  async append(topic: string, entries: readonly KeptEntry[], atMs: number): Promise<void> {
    await this.#store.write(() => {
      for (const { partition, record } of entries) {
        const { end } = this.range(topic, partition);
        this.#append.run(topic, partition, end, Math.floor(atMs), record.key ?? null, JSON.stringify(record.headers), record.bytes);
        this.#setEnd.run(topic, partition, end + 1);
      }
    });
    for (const { record } of entries) this.#bytes += record.bytes.length;
  }

  read(topic: string, partition: number, offset: number): LogRecord | undefined {
    const row = this.#readOne.get(topic, partition, offset);
    return row === undefined ? undefined : toRecord(row);
  }

  browse(topic: string, partition: number, fromOffset: number, limit: number): KeptRecord[] {
    return this.#readMany
      .all(topic, partition, fromOffset, limit)
      .map((row) => ({ topic, partition, offset: Number(row['position']), atMs: Number(row['at']), ...toRecord(row) }));
  }

  range(topic: string, partition: number): KeptRange {
    const row = this.#range.get(topic, partition);
    const end = Number(row?.['end'] ?? 0);
    const start = Number(row?.['start'] ?? -1);
    return { partition, start: start < 0 ? end : start, end };
  }

  async remove(topic: string, partition: number, beforeOffset: number): Promise<void> {
    await this.#removeRows(() => this.#remove.all(topic, partition, beforeOffset));
  }

  /** Removes up to `limit` records published at or before `atMs`, oldest first; answers how many. */
  removeOld(atMs: number, limit: number): Promise<number> {
    return this.#removeRows(() => this.#removeOld.all(atMs, limit));
  }

  async #removeRows(remove: () => StoreRow[]): Promise<number> {
    const rows = await this.#store.write(remove);
    for (const row of rows) this.#bytes -= Number(row['size']);
    return rows.length;
  }

  /** Up to where the group has settled the partition without a gap; where it goes on after a restart. */
  position(group: string, topic: string, partition: number): number {
    const saved = Number(this.#position.get(group, topic, partition)?.['position'] ?? 0);
    return Math.max(saved, this.range(topic, partition).start);
  }

  savePosition(group: string, topic: string, partition: number, position: number): Promise<void> {
    return this.#store.write(() => void this.#savePosition.run(group, topic, partition, position));
  }

  /** Resolves when every write asked for before is committed or refused. */
  written(): Promise<void> {
    return this.#store.write(() => undefined).catch(() => undefined);
  }
}

function toRecord(row: StoreRow): LogRecord {
  const key = row['key'];
  return {
    key: typeof key === 'string' ? key : undefined,
    headers: JSON.parse(String(row['headers'])) as Record<string, string>,
    bytes: row['bytes'] as Uint8Array,
  };
}
