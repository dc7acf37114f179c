import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignPartitions } from './groups.ts';
import type { AssignablePartition, GroupMember } from './groups.ts';

interface Named extends GroupMember {
  readonly name: string;
}

const member = (name: string, topics: readonly string[] = ['t'], taking = true): Named => ({ name, topics, taking });
const partitions = (topic: string, count: number): AssignablePartition<Named>[] => Array.from({ length: count }, () => ({ topic, owner: undefined }));
const shares = (list: readonly AssignablePartition<Named>[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { owner } of list) counts[owner?.name ?? 'nobody'] = (counts[owner?.name ?? 'nobody'] ?? 0) + 1;
  return counts;
};

describe('the assignment of partitions', () => {
  it.each<[string, number, Named[], Record<string, number>]>([
    ['one member gets all', 4, [member('a')], { a: 4 }],
    ['two members share', 4, [member('a'), member('b')], { a: 2, b: 2 }],
    ['a remainder goes to some', 5, [member('a'), member('b')], { a: 3, b: 2 }],
    ['more members than partitions', 2, [member('a'), member('b'), member('c')], { a: 1, b: 1 }],
    ['nobody there', 3, [], { nobody: 3 }],
    ['a member that no longer takes gets none', 4, [member('a', ['t'], false), member('b')], { b: 4 }],
    ['a member of another topic gets none', 4, [member('a', ['other']), member('b')], { b: 4 }],
  ])('%s', (_, count, members, expected) => {
    const list = partitions('t', count);
    assignPartitions(list, members);
    expect(shares(list)).toEqual(expected);
  });

  it('moves only what it must when a member comes or goes', () => {
    const [a, b, c] = [member('a'), member('b'), member('c')];
    const list = partitions('t', 6);
    assignPartitions(list, [a, b]);
    const before = list.map(({ owner }) => owner);
    assignPartitions(list, [a, b, c]);
    expect(list.filter(({ owner }, index) => owner !== before[index]).map(({ owner }) => owner)).toEqual([c, c]);
    assignPartitions(list, [a, b]);
    expect(shares(list)).toEqual({ a: 3, b: 3 });
  });

  it('balances over topics: who has less of one gets more of the other', () => {
    const list = [...partitions('t', 1), ...partitions('u', 1)];
    assignPartitions(list, [member('a', ['t', 'u']), member('b', ['t', 'u'])]);
    expect(shares(list)).toEqual({ a: 1, b: 1 });
  });

  it('always gives every partition to one taking reader, evenly within a topic', () => {
    const anyMember = fc.record({ name: fc.string(), topics: fc.subarray(['t', 'u'], { minLength: 1 }), taking: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(anyMember, { maxLength: 5 }), { minLength: 1, maxLength: 5 }), fc.nat(9), fc.nat(9), (generations, t, u) => {
        const list = [...partitions('t', t), ...partitions('u', u)];
        for (const members of generations) {
          assignPartitions(list, members);
          for (const topic of ['t', 'u']) {
            const readers: Named[] = members.filter((each) => each.taking && each.topics.includes(topic));
            const owners = list.filter((each) => each.topic === topic).map(({ owner }) => owner);
            const counts = readers.map((reader) => owners.filter((owner) => owner === reader).length);
            expect(owners.every((owner) => (readers.length === 0 ? owner === undefined : owner !== undefined && readers.includes(owner)))).toBe(true);
            if (counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
        }
      }),
    );
  });
});
