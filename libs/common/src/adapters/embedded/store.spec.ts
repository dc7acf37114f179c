import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { FakeClock } from '../../../../../test/support/fake-clock.ts';
import { waitUntil } from '../../../../../test/support/wait-until.ts';
import { EmbeddedStore } from './store.ts';
import type { StoreOptions } from './store.ts';

describe('the embedded store', () => {
  let dataDir: string;
  let clock: FakeClock;
  const stores: EmbeddedStore[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'millrace-store-'));
    clock = new FakeClock();
  });

  afterEach(async () => {
    for (const store of stores.splice(0)) store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const open = async (options: Partial<StoreOptions> = {}): Promise<EmbeddedStore> => {
    const store = await EmbeddedStore.open({ dataDir, durability: 'process', clock, lockWaitMs: 0, ...options });
    stores.push(store);
    return store;
  };
  const insert = (store: EmbeddedStore, id: string, bytes: Uint8Array): Promise<number> => {
    const statement = store.prepare("INSERT INTO request(id, phase, kind, expires_at, record, body) VALUES(?, 0, 0, 0, '{}', ?)");
    return store.write(() => statement.run(id, bytes));
  };
  const ids = (store: EmbeddedStore): unknown[] => store.prepare('SELECT id FROM request ORDER BY seq').all().map((row) => row['id']);

  it.each(['process', 'disk'] as const)('finds again what was written before it was closed (durability %s)', async (durability) => {
    const store = await open({ durability });
    await insert(store, 'a', new Uint8Array([1]));
    store.close();
    expect(ids(await open({ durability }))).toEqual(['a']);
  });

  it('flushes every commit to the disk only when asked to', async () => {
    const level = (store: EmbeddedStore): unknown => store.prepare('PRAGMA synchronous').get()?.['synchronous'];
    const store = await open();
    expect(level(store)).toBe(1);
    store.close();
    expect(level(await open({ durability: 'disk' }))).toBe(2);
  });

  it('commits what was asked for before it was closed, and refuses what comes later', async () => {
    const store = await open();
    const before = insert(store, 'before', new Uint8Array());
    const late = store.prepare('SELECT 1');
    store.close();
    await expect(before).resolves.toBe(1);
    await expect(store.write(() => 1)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(() => late.get()).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE' }));
    store.close();
  });

  it('refuses a second opener, naming the file and the process that has it', async () => {
    await open();
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_LOCKED', message: expect.stringContaining(`${dataDir}/store.db is in use by process ${process.pid}.`) });
  });

  it('still has its lock after a second opener was refused', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await insert(first, 'a', new Uint8Array());
    await expect(open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
  });

  it('waits for a predecessor that lets go in time', async () => {
    const first = await open();
    await insert(first, 'a', new Uint8Array());
    const second = open({ lockWaitMs: 1_000 });
    clock.advance(200);
    first.close();
    await waitUntil('the second opener', async () => {
      clock.advance(50);
      return Promise.race([second, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
    });
    expect(ids(await second)).toEqual(['a']);
  });

  it('refuses another process, and is free again when that one is killed', async () => {
    const holder = spawn(process.execPath, ['--conditions=source', '--no-warnings', join(import.meta.dirname, '../../../../../test/support/hold-store.ts'), dataDir], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_LOCKED', message: expect.stringContaining(`in use by process ${holder.pid}.`) });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(ids(await open())).toEqual(['held']);
  });

  it('leaves no lock or log behind when it is closed', async () => {
    const store = await open();
    await insert(store, 'a', new Uint8Array(10_000));
    store.close();
    expect(readdirSync(dataDir)).toEqual(['store.db']);
  });

  it('refuses bytes that are no database, and leaves them alone', async () => {
    const file = join(dataDir, 'store.db');
    const text = 'not a database at all, but something somebody may need. '.repeat(100);
    writeFileSync(file, text);
    await expect(open()).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining(file) });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('refuses the database of another program, and leaves it alone', async () => {
    const file = join(dataDir, 'store.db');
    const foreign = new DatabaseSync(file);
    foreign.exec('CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)');
    foreign.close();
    const before = readFileSync(file);
    await expect(open()).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('another program') });
    expect(readFileSync(file).equals(before)).toBe(true);
    expect(existsSync(join(dataDir, 'store.pid'))).toBe(false);
  });

  it('refuses a store of a newer Millrace', async () => {
    (await open()).close();
    const newer = new DatabaseSync(join(dataDir, 'store.db'));
    newer.exec('PRAGMA user_version=999');
    newer.close();
    await expect(open()).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('schema 999') });
  });

  it('finds a damaged page after an unclean end', async () => {
    const store = await open();
    for (let index = 0; index < 200; index++) await insert(store, `id-${index}`, new Uint8Array(1_000));
    store.close();
    const file = join(dataDir, 'store.db');
    const bytes = readFileSync(file);
    bytes.fill(0xff, 8 * 4096, 24 * 4096);
    writeFileSync(file, bytes);
    writeFileSync(join(dataDir, 'store.pid'), '1');
    await expect(open()).rejects.toMatchObject({ code: 'STORE_INVALID', message: expect.stringContaining('damaged') });
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it('says so when the data folder cannot be written', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(open({ dataDir: join(file, 'below') })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(file) });
  });

  it('rejects everyone of the turn when it is full, keeps nothing of it, and goes on', async () => {
    const store = await open({ maxFileBytes: 400_000 });
    await insert(store, 'small', new Uint8Array(10));
    const writes = await Promise.allSettled([insert(store, 'a', new Uint8Array(10)), insert(store, 'huge', new Uint8Array(1_000_000)), insert(store, 'b', new Uint8Array(10))]);
    expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(writes[1]).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE', retryable: true, message: expect.stringContaining('full') } });
    await insert(store, 'after', new Uint8Array(10));
    expect(ids(store)).toEqual(['small', 'after']);
  });
});
