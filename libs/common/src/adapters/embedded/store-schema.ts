/** Marks the file as Millrace's in SQLite's own header ("MRCE"), so that a foreign database is never written to. */
export const APPLICATION_ID = 0x4d524345;

/** Raised with every change of the tables; an older Millrace refuses a newer file. */
export const SCHEMA_VERSION = 1;

/**
 * request: one row per accepted request until its result expires, numbered in accept order; a number is never used again.
 *   phase       0 open -> 1 ended -> moved to `mark`
 *   kind        of the outcome: 0 none yet, 1 result, 2 error, 3 deadline, 4 cancelled
 *   expires_at  of the outcome; 0 while open
 *   record      JSON of the accept record without its entry
 *   body        while open the packed first hops, then the encoded outcome
 *   body_file   the file that holds the body instead, when it is too big for a row
 * request_open_from: no request below this number is open. Written about once a second; an index of the open ones would cost every request a
 * seventh of its writes to spare a start some reading.
 * mark: what is left of a request whose result expired. A table of its own, because a row that shrinks does not free its page.
 * kept: records of durable topics (dead letters).  kept_end: the next offset of each of their partitions, which outlives a purge.
 * kept_position: up to where a group has settled a partition without a gap.
 * Times are cluster time, milliseconds.
 */
export const SCHEMA = `
CREATE TABLE request(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  phase INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  record TEXT NOT NULL,
  body BLOB,
  body_file TEXT
) STRICT;
CREATE INDEX request_ended ON request(expires_at) WHERE phase = 1;
CREATE INDEX request_file ON request(body_file) WHERE body_file IS NOT NULL;
CREATE TABLE mark(
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX mark_expiry ON mark(expires_at);
CREATE TABLE request_open_from(
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO request_open_from VALUES(1);
CREATE TABLE kept(
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  key TEXT,
  headers TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(topic, partition, position)
) STRICT;
CREATE INDEX kept_age ON kept(at);
CREATE TABLE kept_end(
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY(topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE kept_position(
  reader TEXT NOT NULL,
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY(reader, topic, partition)
) STRICT, WITHOUT ROWID;
`;
