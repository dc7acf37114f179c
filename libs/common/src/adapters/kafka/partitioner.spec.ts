import { describe, expect, it } from '@jest/globals';
import { partitionOfKey, Turns } from './partitioner.ts';

describe('records find their partitions', () => {
  it('gives one key one partition and spreads many keys within a third of even', () => {
    const counts = new Array<number>(8).fill(0);
    for (let index = 0; index < 8000; index++) {
      const key = `0191f2c0-0000-7000-8000-${String(index).padStart(12, '0')}`;
      const partition = partitionOfKey(key, 8);
      expect(partitionOfKey(key, 8)).toBe(partition);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(333);
  });

  it('takes the partitions of each topic in turn, from its own start', () => {
    const turns = new Turns(6);
    expect([0, 1, 2, 3, 4].map(() => turns.take('a', 4))).toEqual([2, 3, 0, 1, 2]);
    expect(turns.take('b', 4)).toBe(2);
  });
});
