import { expect, it } from '@jest/globals';
import type { Delivery } from '#common/ports';
import { InHand } from './in-hand.ts';

function delivery(topic: string, partition: number, offset: number, settled: string[], name: string): Delivery {
  return { topic, partition, offset, key: undefined, headers: {}, bytes: new Uint8Array(), redelivered: false, settle: () => settled.push(name) };
}

it('takes each record once, and settles every delivery of it together', () => {
  const settled: string[] = [];
  const inHand = new InHand();
  const first = delivery('t', 0, 5, settled, 'first');
  expect(inHand.take(first)).toBe(true);
  expect(inHand.take(delivery('t', 0, 5, settled, 'again'))).toBe(false);
  expect(inHand.take(delivery('t', 0, 5, settled, 'thrice'))).toBe(false);
  expect(inHand.take(delivery('t', 1, 5, settled, 'another partition'))).toBe(true);
  expect(inHand.take(delivery('t.retry', 0, 5, settled, 'another topic'))).toBe(true);
  expect(inHand.count).toBe(3);
  inHand.settle(first);
  inHand.settle(first);
  expect(settled).toEqual(['first', 'again', 'thrice']);
  expect(inHand.count).toBe(2);
  expect(inHand.take(first)).toBe(true);
});

it('tells what is worked on from what waits for its time', () => {
  const inHand = new InHand();
  inHand.take(delivery('t', 0, 1, [], 'a'));
  inHand.take(delivery('t', 0, 2, [], 'b'));
  let changes = 0;
  inHand.onChange(() => { changes += 1; });
  inHand.beginWait();
  expect([inHand.count, inHand.active, changes]).toEqual([2, 1, 1]);
  inHand.endWait();
  expect(inHand.active).toBe(2);
});
