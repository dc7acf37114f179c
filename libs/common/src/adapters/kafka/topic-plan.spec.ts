import { describe, expect, it } from '@jest/globals';
import { planTopics } from './topic-plan.ts';

const existing = new Map([['small', { leaders: [1] }], ['large', { leaders: [1, 1, 1, 1] }]]);

describe('the plan of topics', () => {
  it('creates what is missing with its retention, grows what is short, and leaves the rest', () => {
    const plan = planTopics(
      [
        { name: 'hops', partitions: 4, retention: 'hop' },
        { name: 'dead', partitions: 1, retention: 'kept' },
        { name: 'small', partitions: 3, retention: 'hop' },
        { name: 'large', partitions: 2, retention: 'hop' },
      ],
      existing,
      { hopRetentionMs: 3_600_000 },
    );
    expect(plan.create).toEqual([
      { name: 'hops', partitions: 4, config: { 'cleanup.policy': 'delete', 'retention.ms': '3600000' } },
      { name: 'dead', partitions: 1, config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' } },
    ]);
    expect(plan.grow).toEqual([{ name: 'small', partitions: 3 }]);
  });

  it('sets the largest record where one is given', () => {
    const plan = planTopics([{ name: 'hops', partitions: 1, retention: 'hop' }], existing, { hopRetentionMs: 1, maxRecordBytes: 4096 });
    expect(plan.create[0]?.config).toMatchObject({ 'max.message.bytes': '4096' });
  });
});
