import { DatabaseSync } from 'node:sqlite';

/** One SQLite database with the three writes of the load. `layout`: rows in accept order with an index on the id, or rows in the order of ids. */
export function openSqlite(file, { layout = 'rowid', synchronous = 'NORMAL' } = {}) {
  const db = new DatabaseSync(file);
  db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}; PRAGMA cache_size=-32000;`);
  const table = {
    rowid: 'CREATE TABLE IF NOT EXISTS request(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, keep INTEGER NOT NULL, record BLOB, entry BLOB, outcome BLOB) STRICT',
    clustered: 'CREATE TABLE IF NOT EXISTS request(id TEXT PRIMARY KEY, keep INTEGER NOT NULL, record BLOB, entry BLOB, outcome BLOB) STRICT, WITHOUT ROWID',
  }[layout];
  db.exec(`${table}; CREATE INDEX IF NOT EXISTS ended ON request(keep) WHERE outcome IS NOT NULL;`);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  const accept = db.prepare('INSERT INTO request(id, keep, record, entry) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING');
  const complete = db.prepare('UPDATE request SET outcome = ?, entry = NULL WHERE id = ? AND outcome IS NULL');
  const key = layout === 'rowid' ? 'seq' : 'id';
  const purge = db.prepare(`DELETE FROM request WHERE ${key} IN (SELECT ${key} FROM request WHERE outcome IS NOT NULL AND keep <= ? LIMIT 256)`);
  const find = db.prepare('SELECT 1 FROM request WHERE id = ?');
  let keep = 0;
  return {
    apply(operations) {
      begin.run();
      const changes = operations.map((op) => {
        if (op[0] === 0) return accept.run(op[1], keep++, op[2], op[3]).changes;
        return complete.run(op[2], op[1]).changes;
      });
      commit.run();
      return changes;
    },
    purge() {
      let all = 0;
      for (;;) {
        const { changes } = purge.run(keep);
        all += Number(changes);
        if (Number(changes) === 0) return all;
      }
    },
    has: (id) => find.get(id) !== undefined,
    close: () => db.close(),
  };
}
