import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import { FakeClock } from '../../support/fake-clock.ts';
import { grouped } from './group.mjs';
import { openSqlite } from './sqlite-ops.mjs';

const walFiles = (file) => () => [file, `${file}-wal`];

function nothing() {
  const put = grouped((group) => {
    for (const { resolve } of group) resolve();
  });
  return { accept: (id, record, entry) => put([id, record, entry]), complete: (id, outcome) => put([id, outcome]), purge: async () => 0, close: async () => {} };
}

const sqliteHere = (options) => (file) => {
  const store = openSqlite(file, options);
  const put = grouped((group) => {
    const results = store.apply(group.map(({ operation }) => operation));
    group.forEach(({ resolve }, index) => resolve(results[index]));
  });
  return {
    accept: (id, record, entry) => put([0, id, record, entry]),
    complete: (id, outcome) => put([1, id, outcome]),
    purge: async () => store.purge(),
    has: async (id) => store.has(id),
    close: async () => store.close(),
    files: walFiles(file),
  };
};

function pack(group) {
  const lengths = new Int32Array(group.length * 2);
  let total = 0;
  group.forEach(({ operation }, index) => {
    lengths[2 * index] = operation[2].length;
    lengths[2 * index + 1] = operation[0] === 0 ? operation[3].length : -1;
    total += operation[2].length + (operation[3]?.length ?? 0);
  });
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const { operation } of group) {
    bytes.set(operation[2], at);
    at += operation[2].length;
    if (operation[3]) {
      bytes.set(operation[3], at);
      at += operation[3].length;
    }
  }
  return { ids: group.map(({ operation }) => operation[1]), lengths, bytes };
}

const sqliteWorker = (options) => (file) => {
  const worker = new Worker(new URL('./sqlite-worker.mjs', import.meta.url), { workerData: { file, options } });
  const sent = [];
  worker.on('message', (results) => sent.shift()(results));
  const ask = (message, transfer) => new Promise((resolve) => { sent.push(resolve); worker.postMessage(message, transfer); });
  const put = grouped((group) => {
    const message = pack(group);
    void ask(message, [message.bytes.buffer]).then((results) => group.forEach(({ resolve }, index) => resolve(results[index])));
  });
  return {
    accept: (id, record, entry) => put([0, id, record, entry]),
    complete: (id, outcome) => put([1, id, outcome]),
    purge: () => ask('purge'),
    has: (id) => ask({ has: id }),
    close: () => ask('close'),
    files: walFiles(file),
  };
};

// Three keys per request, so that the outcome does not rewrite the record: lmdb has no partial update.
const lmdbStore = (lmdb, options, how) => (file) => {
  const env = lmdb.open({ path: `${file}.lmdb`, ...options });
  const open = { encoding: 'binary' };
  const records = env.openDB('records', open);
  const entries = env.openDB('entries', open);
  const outcomes = env.openDB('outcomes', open);
  const close = () => env.close();
  const files = () => [`${file}.lmdb`];
  const has = async (id) => records.doesExist(id);
  const purge = async () => {
    const keys = [...outcomes.getKeys()];
    for (let at = 0; at < keys.length; at += 256) {
      await env.transaction(() => {
        for (const key of keys.slice(at, at + 256)) {
          records.remove(key);
          outcomes.remove(key);
        }
      });
    }
    return keys.length;
  };
  if (how === 'async') {
    const complete = (id, outcome) => outcomes.ifNoExists(id, () => {
      outcomes.put(id, outcome);
      entries.remove(id);
    });
    const accept = (id, record, entry) => records.ifNoExists(id, () => {
      records.put(id, record);
      entries.put(id, entry);
    });
    return { accept, complete, purge, has, close, files };
  }
  const put = grouped((group) => {
    const results = env.transactionSync(() => group.map(({ operation: [kind, id, a, b] }) => {
      if (kind === 0) {
        if (records.doesExist(id)) return false;
        records.putSync(id, a);
        entries.putSync(id, b);
        return true;
      }
      if (outcomes.doesExist(id)) return false;
      outcomes.putSync(id, a);
      entries.removeSync(id);
      return true;
    }));
    group.forEach(({ resolve }, index) => resolve(results[index]));
  });
  return { accept: (id, record, entry) => put([0, id, record, entry]), complete: (id, outcome) => put([1, id, outcome]), purge, has, close, files };
};

/** What Millrace runs on: `Replies` of the embedded engine, its codecs, waiters and limits included. The waiting caller is part of the cost. */
async function asBuilt(file) {
  const clock = new FakeClock();
  const engine = await openEmbeddedEngine({ dataDir: file, clock, log: { write: () => undefined } });
  const { replies } = engine;
  const times = { acceptedAtMs: clock.clusterNow(), deadlineMs: clock.clusterNow() + 1e9, keepUntilMs: clock.clusterNow() };
  const common = { tenant: 'default', pipeline: 'chain', version: '0123456789abcdef', mode: 'sync', ...times };
  let ended = 0;
  return {
    accept: (requestId, _record, bytes) => replies.accept({ requestId, ...common, entry: [{ topic: 'millrace.chain.a', key: requestId, bytes }] }),
    complete: async (requestId, bytes) => {
      const waiting = replies.wait(requestId, new AbortController().signal);
      await replies.complete(requestId, { kind: 'result', atMs: 1, timings: [], tensors: [{ stage: 0, name: 'x', tensor: { datatype: 'UINT8', shape: [bytes.length], bytes } }] });
      ended++;
      await waiting;
    },
    purge: async () => {
      // Each tick of housekeeping's clock lets one slice go; without timers in between this is its whole cost.
      for (let slices = 0; slices <= ended / 256; slices++) {
        clock.advance(1_000);
        await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
      }
      return ended;
    },
    has: async (id) => (await replies.peek(id)) !== undefined,
    close: () => engine.close(),
    files: () => [join(file, 'store.db'), join(file, 'store.db-wal')],
  };
}

/** Every store that can be measured here, the one that does nothing first. */
export async function candidates() {
  const list = [
    { name: 'nothing', make: nothing },
    { name: 'sqlite main, rowid', make: sqliteHere({ layout: 'rowid' }) },
    { name: 'sqlite main, clustered', make: sqliteHere({ layout: 'clustered' }) },
    { name: 'sqlite main, rowid, FULL', make: sqliteHere({ layout: 'rowid', synchronous: 'FULL' }) },
    { name: 'embedded engine as built', make: asBuilt },
    { name: 'sqlite worker thread', make: sqliteWorker({ layout: 'rowid' }) },
  ];
  const lmdb = await import('lmdb').catch(() => undefined);
  if (lmdb === undefined) {
    console.log('lmdb is not installed: skipped (npm install --no-save lmdb@3.5.6)');
    return list;
  }
  return [
    ...list,
    { name: 'lmdb default, async', make: lmdbStore(lmdb, {}, 'async') },
    { name: 'lmdb noSync, async', make: lmdbStore(lmdb, { noSync: true }, 'async') },
    { name: 'lmdb noSync, sync per turn', make: lmdbStore(lmdb, { noSync: true }, 'turn') },
  ];
}
