import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OffsetTracker } from './offset-tracker.ts';

function receiving(...offsets: number[]): OffsetTracker {
  const tracker = new OffsetTracker();
  for (const offset of offsets) tracker.receive(offset);
  return tracker;
}

describe('the offset tracker finds what may be committed', () => {
  it.each([
    { received: [5, 6, 7], settled: [], commits: undefined },
    { received: [5, 6, 7], settled: [5], commits: 6 },
    { received: [5, 6, 7], settled: [6, 7], commits: undefined },
    { received: [5, 6, 7], settled: [7, 5], commits: 6 },
    { received: [5, 6, 7], settled: [7, 6, 5], commits: 8 },
    { received: [5, 6, 7], settled: [5, 5, 5], commits: 6 },
    { received: [5, 9, 40], settled: [9, 5], commits: 10 },
    { received: [5], settled: [4, 99], commits: undefined },
  ])('received $received, settled $settled: commits $commits', ({ received, settled, commits }) => {
    const tracker = receiving(...received);
    for (const offset of settled) tracker.settle(offset);
    expect(tracker.uncommitted).toBe(commits);
  });

  it('has nothing to commit once the group took it, until more is settled', () => {
    const tracker = receiving(0, 1);
    tracker.settle(0);
    tracker.committed(1);
    expect(tracker.uncommitted).toBeUndefined();
    tracker.settle(1);
    expect(tracker.uncommitted).toBe(2);
  });
});

describe('the offset tracker over generations', () => {
  it('knows what is in hand when it comes again, and lets the running delivery settle it', () => {
    const tracker = receiving(0, 1, 2);
    tracker.settle(1);
    tracker.restart();
    expect([0, 1, 2, 3].map((offset) => tracker.receive(offset))).toEqual(['known', 'known', 'known', 'new']);
    tracker.settle(0);
    expect(tracker.uncommitted).toBe(2);
    tracker.settle(2);
    expect(tracker.uncommitted).toBe(3);
  });

  it('commits nothing of a partition that went away, and knows what runs when it comes back', () => {
    const tracker = receiving(0, 1, 2);
    tracker.settle(0);
    tracker.lose();
    tracker.settle(1);
    expect(tracker.uncommitted).toBeUndefined();
    tracker.restart();
    expect([0, 1, 2].map((offset) => tracker.receive(offset))).toEqual(['new', 'new', 'known']);
    expect(tracker.inHand).toBe(3);
  });

  it('goes on behind what another member did meanwhile, whatever is still in hand from before', () => {
    const tracker = receiving(0, 1, 2);
    tracker.restart();
    tracker.receive(10);
    tracker.settle(10);
    expect(tracker.uncommitted).toBe(11);
    for (const offset of [0, 1, 2]) tracker.settle(offset);
    expect(tracker.uncommitted).toBe(11);
    expect(tracker.inHand).toBe(0);
  });

  it('forgets what was settled when the group went back behind its own commit, so records of a new topic of the same name are handed out', () => {
    const tracker = receiving(0, 1, 2);
    tracker.settle(0);
    tracker.committed(1);
    tracker.settle(2);
    tracker.restart();
    expect([0, 1, 2].map((offset) => tracker.receive(offset))).toEqual(['new', 'known', 'new']);
  });
});

type Step = 'receive' | 'settle' | 'commit' | 'rebalance' | 'lose and regain';

describe('the offset tracker under any order of events', () => {
  it('never commits beyond an unsettled record and never hands out one that is in hand; all settled = all committed', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom<Step>('receive', 'receive', 'settle', 'settle', 'commit', 'rebalance', 'lose and regain'), fc.nat(1000)), { maxLength: 200 });
    fc.assert(fc.property(steps, runAgainstModel), { numRuns: 500 });
  });
});

/** The broker's side: it delivers from its committed offset after each rebalance. */
function runAgainstModel(steps: readonly (readonly [Step, number])[]): void {
  const tracker = new OffsetTracker();
  const running = new Set<number>();
  const done = new Set<number>();
  let committed = 0;
  let next = 0;
  const commit = (): void => {
    const offset = tracker.uncommitted;
    if (offset === undefined) return;
    for (let each = 0; each < offset; each++) expect(done.has(each)).toBe(true);
    committed = offset;
    tracker.committed(offset);
  };
  const receive = (): void => {
    const offset = next++;
    const result = tracker.receive(offset);
    if (running.has(offset)) expect(result).toBe('known');
    if (result === 'new') running.add(offset);
  };
  const settle = (pick: number): void => {
    const offset = [...running][pick % Math.max(1, running.size)];
    if (offset === undefined) return;
    running.delete(offset);
    done.add(offset);
    tracker.settle(offset);
  };
  const again = (): void => {
    tracker.restart();
    next = committed;
  };
  for (const [step, pick] of steps) {
    if (step === 'receive') receive();
    else if (step === 'settle') settle(pick);
    else if (step === 'commit') commit();
    else if (step === 'lose and regain') tracker.lose();
    if (step === 'rebalance' || step === 'lose and regain') again();
    expect(tracker.inHand).toBe(running.size);
  }
  const end = Math.max(next, ...done, ...running) + 1;
  while (next < end) receive();
  while (running.size > 0) settle(0);
  commit();
  expect(committed).toBe(next);
}
