import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { AppError, isAppError } from '#common/errors';
import type { Clock } from '#common/ports';
import { GroupCommit } from './group-commit.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './store-schema.ts';

export type StoreValue = string | number | Uint8Array | null;
export type StoreRow = Readonly<Record<string, StoreValue>>;

/** A prepared statement. Reads see what is committed and throw STORE_UNAVAILABLE. What changes rows is only called inside `write`. */
export interface StoreStatement {
  /** Answers how many rows changed. */
  run(...values: StoreValue[]): number;
  get(...values: StoreValue[]): StoreRow | undefined;
  all(...values: StoreValue[]): StoreRow[];
}

/**
 * `process`: what was accepted survives the end of the process (kill -9) always, and of the machine save for the last moments.
 * `disk`: each commit is flushed to the disk first, so it survives a power cut too.
 */
export type Durability = 'process' | 'disk';

export interface StoreOptions {
  readonly dataDir: string;
  readonly durability: Durability;
  readonly clock: Clock;
  /** How long to wait for another process to let go of the folder. */
  readonly lockWaitMs: number;
  /** Most bytes the database file may take; writes beyond it are refused. */
  readonly maxFileBytes?: number;
}

// SQLite result codes, https://www.sqlite.org/rescode.html
const BUSY = 5;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

const PAGE_BYTES = 4096;
// 256 MiB: above it a check would hold up the start for more than about a second.
const CHECKED_PAGES = 65_536;
const LOCK_POLL_MS = 50;
const PID_FILE = 'store.pid';

/**
 * The one durable store of the embedded engine: a SQLite database that only this process has open, for as long as it lives. SQLite's own file
 * locks keep others out; the system drops them when the process ends, however it ends. `docs/decisions/0002-embedded-store.md` says why SQLite.
 */
export class EmbeddedStore {
  readonly #database: DatabaseSync;
  readonly #commits: GroupCommit;
  readonly #pidFile: string;
  #closed = false;

  private constructor(database: DatabaseSync, pidFile: string) {
    this.#database = database;
    this.#pidFile = pidFile;
    const begin = database.prepare('BEGIN IMMEDIATE');
    const commit = database.prepare('COMMIT');
    this.#commits = new GroupCommit((body) => {
      if (this.#closed) throw new AppError('STORE_UNAVAILABLE', 'The embedded store is closed: the server is shutting down.');
      this.#transact(begin, commit, body);
    }, setImmediate);
  }

  /** Rejects with STORE_LOCKED while another process has the folder, STORE_INVALID for a file that is damaged, foreign or newer. */
  static async open(options: StoreOptions): Promise<EmbeddedStore> {
    const giveUpAt = options.clock.now() + options.lockWaitMs;
    for (;;) {
      try {
        return EmbeddedStore.#openNow(options);
      } catch (error) {
        if (!isAppError(error) || error.code !== 'STORE_LOCKED' || options.clock.now() >= giveUpAt) throw error;
      }
      await new Promise<void>((resolve) => options.clock.after(LOCK_POLL_MS, resolve));
    }
  }

  static #openNow(options: StoreOptions): EmbeddedStore {
    const file = join(options.dataDir, 'store.db');
    const pidFile = join(options.dataDir, PID_FILE);
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(options.dataDir, { recursive: true });
      database = new DatabaseSync(file);
      prepareFile(database, file, options);
      writeFileSync(pidFile, String(process.pid));
      return new EmbeddedStore(database, pidFile);
    } catch (error) {
      if (database?.isOpen === true) database.close();
      throw openError(error, file, pidFile);
    }
  }

  prepare(sql: string): StoreStatement {
    const statement = this.#database.prepare(sql);
    return {
      run: (...values) => Number(statement.run(...values).changes),
      get: (...values) => readable(() => statement.get(...values) as StoreRow | undefined),
      all: (...values) => readable(() => statement.all(...values) as StoreRow[]),
    };
  }

  /** Runs the operation in the transaction of this event-loop turn. Rejects with STORE_UNAVAILABLE when that could not be committed; nothing
   *  of it is then stored, and the store goes on. */
  write<T>(operation: () => T): Promise<T> {
    return this.#commits.write(operation);
  }

  /** Gives up to `pages` unused pages back to the file system, when a quarter of the file or more is unused. Called by housekeeping. */
  shrink(pages: number): void {
    const used = this.#pragma('page_count');
    const free = this.#pragma('freelist_count');
    if (free * 4 > used && free > pages) this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  /** Bytes of the database file, without its write-ahead log (which stays under 17 MiB or one transaction). */
  get fileBytes(): number {
    return this.#pragma('page_count') * PAGE_BYTES;
  }

  /** Commits what waits, lets the folder go. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#commits.flush();
    this.#closed = true;
    rmSync(this.#pidFile, { force: true });
    this.#database.close();
  }

  #transact(begin: StatementSync, commit: StatementSync, body: () => void): void {
    try {
      begin.run();
      body();
      commit.run();
    } catch (error) {
      // SQLite has already rolled back by itself after some errors (disk full, I/O).
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw isAppError(error) ? error : new AppError('STORE_UNAVAILABLE', `The embedded store refused a write: ${reason(error)}.${advice(error)}`, { cause: error });
    }
  }

  #pragma(name: string): number {
    const row = this.#database.prepare(`PRAGMA ${name}`).get() as StoreRow;
    return Number(row[name]);
  }
}

/** Takes the lock, tells a store of ours from anything else before the first write, and makes the tables of a new one. */
function prepareFile(database: DatabaseSync, file: string, options: StoreOptions): void {
  const pragma = (name: string): number => Number((database.prepare(`PRAGMA ${name}`).get() as StoreRow)[name]);
  database.exec('PRAGMA locking_mode=EXCLUSIVE');
  const isNew = pragma('page_count') === 0;
  // Only takes effect before the first transaction of a new file; without it a file never gives space back.
  if (isNew) database.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA auto_vacuum=INCREMENTAL`);
  database.exec('BEGIN IMMEDIATE; ROLLBACK');
  const version = pragma('user_version');
  if (!isNew && pragma('application_id') !== APPLICATION_ID) {
    throw new AppError('STORE_INVALID', `${file} is a database of another program. Choose another MILLRACE_DATA_DIR.`);
  }
  if (version > SCHEMA_VERSION) {
    throw new AppError('STORE_INVALID', `${file} was written by a newer Millrace (schema ${version}, this one knows up to ${SCHEMA_VERSION}). Update Millrace, or choose another MILLRACE_DATA_DIR.`);
  }
  if (isNew) {
    // In one transaction, so that a crash here leaves an empty file, not one that looks foreign.
    database.exec(`BEGIN IMMEDIATE; PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA_VERSION}; ${SCHEMA} COMMIT`);
  }
  database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${options.durability === 'disk' ? 'FULL' : 'NORMAL'}`);
  // 2000 pages, 8 MiB: a checkpoint flushes to the disk and holds up the event loop meanwhile, so it should be rare; a longer log gained nothing.
  database.exec('PRAGMA wal_autocheckpoint=2000; PRAGMA journal_size_limit=16777216; PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY');
  if (options.maxFileBytes !== undefined) database.exec(`PRAGMA max_page_count=${Math.floor(options.maxFileBytes / PAGE_BYTES)}`);
  // The process before this one did not close the store. SQLite repairs its log by itself; this finds what only a broken disk leaves behind.
  if (existsSync(join(options.dataDir, PID_FILE)) && pragma('page_count') < CHECKED_PAGES) {
    const verdict = (database.prepare('PRAGMA quick_check(1)').get() as StoreRow)['quick_check'];
    if (verdict !== 'ok') throw damaged(file, String(verdict));
  }
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new AppError('STORE_UNAVAILABLE', `The embedded store could not be read: ${reason(error)}.`, { cause: error });
  }
}

function openError(error: unknown, file: string, pidFile: string): AppError {
  if (isAppError(error)) return error;
  const code = resultCode(error);
  if (code === BUSY) {
    return new AppError('STORE_LOCKED', `${file} is in use by process ${ownerPid(pidFile)}. Stop it, or choose another MILLRACE_DATA_DIR.`, { cause: error });
  }
  if (code === CORRUPT || code === NOT_A_DATABASE) return damaged(file, reason(error), error);
  return new AppError('STORE_UNAVAILABLE', `${file} cannot be opened: ${reason(error)}. Check that MILLRACE_DATA_DIR is writable and the disk has room.`, { cause: error });
}

/** SQLite's primary result code, 0 for other errors. */
function resultCode(error: unknown): number {
  // The upper bytes only say more about the primary code.
  return ((error as { errcode?: number }).errcode ?? 0) & 0xff;
}

function advice(error: unknown): string {
  return resultCode(error) === FULL ? ' Make room on the disk of MILLRACE_DATA_DIR.' : '';
}

function damaged(file: string, detail: string, cause?: unknown): AppError {
  return new AppError('STORE_INVALID', `${file} is damaged or not a Millrace store (${detail}). Restore it from a copy, or move it away to start empty.`, { cause });
}

function ownerPid(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8');
  } catch {
    return '(unknown)';
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
