import type { BusRecord } from '#common/ports';

interface EntryHead {
  readonly topic: string;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly length: number;
}

/**
 * The first hops of a request as one block of bytes. Grammar:
 *   entry = headLength:u32le  head  bytes*      head = JSON array of {topic, key?, headers?, length}, UTF-8; bytes in the same order
 */
export function encodeEntry(records: readonly BusRecord[]): Uint8Array {
  const heads: EntryHead[] = records.map(({ topic, key, headers, bytes }) => ({
    topic,
    ...(key === undefined ? {} : { key }),
    ...(headers === undefined ? {} : { headers }),
    length: bytes.length,
  }));
  const head = Buffer.from(JSON.stringify(heads));
  const entry = Buffer.allocUnsafe(4 + head.length + heads.reduce((sum, { length }) => sum + length, 0));
  entry.writeUInt32LE(head.length);
  head.copy(entry, 4);
  let at = 4 + head.length;
  for (const { bytes } of records) {
    entry.set(bytes, at);
    at += bytes.length;
  }
  return entry;
}

/** The way back. Each record's bytes are a copy of their own, so that they start aligned. Throws on bytes that `encodeEntry` did not write. */
export function decodeEntry(entry: Uint8Array): BusRecord[] {
  const view = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  const headLength = view.readUInt32LE(0);
  const heads = JSON.parse(view.toString('utf8', 4, 4 + headLength)) as EntryHead[];
  let at = 4 + headLength;
  return heads.map(({ length, ...rest }) => {
    // Not `slice`: on a Buffer that is a view.
    const bytes = new Uint8Array(entry.subarray(at, at + length));
    at += length;
    return { ...rest, bytes };
  });
}
