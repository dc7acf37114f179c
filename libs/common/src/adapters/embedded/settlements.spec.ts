import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Settlements } from './settlements.ts';

const ada = { name: 'ada' };
const bob = { name: 'bob' };

describe('settlements of a partition', () => {
  it.each<[string, number[], number, number]>([
    ['nothing settled', [], 10, 5],
    ['the first', [10], 11, 4],
    ['a later one leaves a gap', [11], 10, 4],
    ['filling the gap moves over what was settled ahead', [11, 12, 10], 13, 2],
    ['all, backwards', [14, 13, 12, 11, 10], 15, 0],
    ['one twice counts once', [10, 10], 11, 4],
    ['one never taken counts nothing', [99], 10, 5],
    ['one below the start counts nothing', [3], 10, 5],
  ])('%s', (_, settled, watermark, unsettled) => {
    const settlements = new Settlements<object>(10);
    for (let count = 0; count < 5; count++) settlements.take(ada);
    for (const offset of settled) settlements.settle(offset, ada);
    expect(settlements.watermark).toBe(watermark);
    expect(settlements.unsettled(15)).toBe(unsettled);
  });

  it('lets only the holder settle', () => {
    const settlements = new Settlements<object>(0);
    settlements.take(ada);
    expect(settlements.settle(0, bob)).toBe(false);
    expect(settlements.settle(0, ada)).toBe(true);
    expect(settlements.settle(0, ada)).toBe(false);
  });

  it('hands what a leaver held to the next, lowest offset first, and ignores the leaver from then on', () => {
    const settlements = new Settlements<object>(0);
    for (let count = 0; count < 4; count++) settlements.take(count % 2 === 0 ? ada : bob);
    expect(settlements.giveBack(ada)).toBe(2);
    expect(settlements.hasReturned).toBe(true);
    expect(settlements.settle(0, ada)).toBe(false);
    expect([settlements.takeReturned(bob), settlements.takeReturned(bob), settlements.takeReturned(bob)]).toEqual([0, 2, undefined]);
    expect(settlements.hasReturned).toBe(false);
    for (let offset = 0; offset < 4; offset++) expect(settlements.settle(offset, bob)).toBe(true);
    expect(settlements.watermark).toBe(4);
  });

  it('counts a skipped record as settled', () => {
    const settlements = new Settlements<object>(0);
    settlements.take(ada);
    settlements.skip();
    settlements.take(ada);
    expect(settlements.unsettled(3)).toBe(2);
    settlements.settle(0, ada);
    expect(settlements.watermark).toBe(2);
  });

  it('never moves the watermark past an unsettled record, in any order of settling, leaving and taking again', () => {
    const action = fc.record({ kind: fc.constantFrom('take', 'settle', 'leave'), who: fc.constantFrom(ada, bob), offset: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const settlements = new Settlements<object>(0);
        const holders = new Map<number, object | 'settled' | 'returned'>();
        for (const { kind, who, offset } of actions) {
          if (kind === 'take') {
            const returned = [...holders].filter(([, holder]) => holder === 'returned').map(([each]) => each);
            const taken = settlements.takeReturned(who) ?? settlements.take(who);
            expect(taken).toBe(returned.length > 0 ? Math.min(...returned) : holders.size);
            holders.set(taken, who);
          } else if (kind === 'settle') {
            expect(settlements.settle(offset, who)).toBe(holders.get(offset) === who);
            if (holders.get(offset) === who) holders.set(offset, 'settled');
          } else {
            settlements.giveBack(who);
            for (const [each, holder] of holders) if (holder === who) holders.set(each, 'returned');
          }
          let contiguous = 0;
          while (holders.get(contiguous) === 'settled') contiguous++;
          expect(settlements.watermark).toBe(contiguous);
          expect(settlements.unsettled(holders.size)).toBe([...holders.values()].filter((holder) => holder !== 'settled').length);
        }
      }),
    );
  });

  it('keeps its place across many records', () => {
    const settlements = new Settlements<object>(0);
    for (let offset = 0; offset < 20_000; offset++) {
      expect(settlements.take(ada)).toBe(offset);
      if (offset >= 50) settlements.settle(offset - 50, ada);
    }
    expect(settlements.watermark).toBe(19_950);
    expect(settlements.giveBack(ada)).toBe(50);
    expect(settlements.takeReturned(bob)).toBe(19_950);
  });
});
