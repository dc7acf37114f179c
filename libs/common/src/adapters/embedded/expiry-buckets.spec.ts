import { describe, expect, it } from '@jest/globals';
import { ExpiryBuckets } from './expiry-buckets.ts';

describe('names that expire', () => {
  it.each<[string, Record<string, number>, number, string[]]>([
    ['nothing waits', {}, 5_000, []],
    ['none is early', { a: 1_001 }, 1_999, []],
    ['one that fell due', { a: 1_000, b: 5_000 }, 1_000, ['a']],
    ['several at once', { a: 1, b: 999, c: 2_500 }, 2_999, ['a', 'b']],
    ['all', { a: 1, b: 4_000 }, 10_000, ['a', 'b']],
  ])('%s', (_, items, nowMs, expected) => {
    const buckets = new ExpiryBuckets<string>(1_000);
    for (const [name, atMs] of Object.entries(items)) buckets.add(name, atMs);
    expect(buckets.take(nowMs)).toEqual(expected);
    expect(buckets.take(nowMs)).toEqual([]);
  });

  it('finds what was added behind and ahead of the first', () => {
    const buckets = new ExpiryBuckets<string>(1_000);
    buckets.add('late', 9_000);
    buckets.add('early', 2_000);
    expect(buckets.take(2_000)).toEqual(['early']);
    buckets.add('earlier', 1_000);
    expect(buckets.take(2_000)).toEqual(['earlier']);
    expect(buckets.take(9_000)).toEqual(['late']);
  });
});
