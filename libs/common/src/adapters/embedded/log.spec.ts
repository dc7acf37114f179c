import { describe, expect, it } from '@jest/globals';
import { PartitionLog, partitionOf } from './log.ts';

const record = (size: number) => ({ key: undefined, headers: {}, bytes: new Uint8Array(size) });

describe('a partition in memory', () => {
  it('gives records growing offsets and finds them again', () => {
    const log = new PartitionLog();
    expect([log.append(record(1)), log.append(record(2))]).toEqual([0, 1]);
    expect(log.get(1)?.bytes).toHaveLength(2);
    expect([log.start, log.end]).toEqual([0, 2]);
    expect(log.get(2)).toBeUndefined();
  });

  it.each([
    ['one reader in order', 1, [0, 1, 2], [10, 10, 10], 3],
    ['one reader out of order', 1, [2, 0], [10, 10], 1],
    ['a gap at the front holds the start', 1, [1, 2], [10, 10], 0],
    ['two readers free a record when both are done', 2, [0, 0, 1], [0, 10, 0], 1],
    ['a record released too often frees nothing more', 1, [0, 0], [10, 0], 1],
  ])('%s', (_, readers, releases, freed, start) => {
    const log = new PartitionLog();
    for (let count = 0; count < readers; count++) log.addReader();
    for (let count = 0; count < 3; count++) log.append(record(10));
    expect(releases.map((offset) => log.release(offset))).toEqual(freed);
    expect(log.start).toBe(start);
  });

  it('waits for a reader that comes after the record', () => {
    const log = new PartitionLog();
    log.append(record(5));
    log.addReader();
    log.addReader();
    expect([log.release(0), log.release(0)]).toEqual([0, 5]);
  });

  it('keeps offsets and records right across many trims', () => {
    const log = new PartitionLog();
    log.addReader();
    for (let offset = 0; offset < 10_000; offset++) {
      expect(log.append(record(offset % 7))).toBe(offset);
      if (offset >= 100) log.release(offset - 100);
    }
    expect([log.start, log.end]).toEqual([9_900, 10_000]);
    expect(log.get(9_899)).toBeUndefined();
    expect(log.get(9_950)?.bytes).toHaveLength(9_950 % 7);
  });
});

describe('the partition of a key', () => {
  it('is the same each time', () => {
    expect(partitionOf('0190c2f3-0000', 12)).toBe(partitionOf('0190c2f3-0000', 12));
  });

  it.each([4, 7, 12, 48])('spreads request ids evenly over %d partitions', (partitions) => {
    const counts = new Array<number>(partitions).fill(0);
    const ids = 20_000;
    for (let index = 0; index < ids; index++) {
      const partition = partitionOf(`0190c2f3-${index.toString(16).padStart(4, '0')}-7000-8000-000000000000`, partitions);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    const even = ids / partitions;
    for (const count of counts) expect(Math.abs(count - even)).toBeLessThan(even * 0.25);
  });
});
