import { describe, expect, it } from '@jest/globals';
import { fromTypedArray } from '#common/inference';
import { BatchQueue } from './batch-queue.ts';
import type { BatchItem } from './batch-queue.ts';

interface Named extends BatchItem {
  readonly name: string;
}

function item(name: string, more: { readonly rows?: number; readonly width?: number; readonly alone?: boolean; readonly takenAtMs?: number; readonly scalar?: boolean } = {}): Named {
  const { rows = 1, width = 2, alone = false, takenAtMs = 0, scalar = false } = more;
  const x = fromTypedArray('UINT8', [rows, width], new Uint8Array(rows * width));
  return { name, requestId: name, parameters: {}, inputs: { x }, rows: scalar ? undefined : rows, deadlineMs: 1_000, takenAtMs, alone };
}

/** Names of the batches, taken until nothing is left. */
function batches(items: readonly Named[], spec = { max: 4, withinMs: 0 }): string[] {
  const queue = new BatchQueue<Named>(spec);
  for (const each of items) queue.push(each);
  const taken: string[] = [];
  for (;;) {
    const collected = queue.collect(0, 0);
    if (collected === undefined || !('batch' in collected)) return taken;
    taken.push(collected.batch.map(({ name }) => name).join(''));
  }
}

describe('the queue before the executors', () => {
  it.each<[string, readonly Named[], readonly string[]]>([
    ['takes what is there, up to the most', [...'abcdef'].map((name) => item(name)), ['abcd', 'ef']],
    ['counts rows, not requests', [item('a', { rows: 2 }), item('b', { rows: 2 }), item('c')], ['ab', 'c']],
    ['fills up with what fits', [item('a', { rows: 3 }), item('b', { rows: 2 }), item('c')], ['ac', 'b']],
    ['gives a request larger than a batch one of its own', [item('a', { rows: 9 }), item('b')], ['a', 'b']],
    ['keeps shapes apart, the oldest first', [item('a'), item('b', { width: 3 }), item('c'), item('d', { width: 3 })], ['ac', 'bd']],
    ['leaves one that failed before alone', [item('a', { alone: true }), item('b'), item('c', { alone: true }), item('d')], ['a', 'bd', 'c']],
    ['leaves one without rows alone', [item('a'), item('b', { scalar: true }), item('c')], ['ac', 'b']],
    ['has nothing to give when it is empty', [], []],
  ])('%s', (_title, items, expected) => {
    expect(batches(items)).toEqual(expected);
  });

  it('gives one request at a time when the most is one row', () => {
    expect(batches([item('a'), item('b', { rows: 3 })], { max: 1, withinMs: 50 })).toEqual(['a', 'b']);
  });

  it('says when to look again, and gives the batch then', () => {
    const queue = new BatchQueue<Named>({ max: 4, withinMs: 20 });
    queue.push(item('a', { takenAtMs: 100 }));
    expect(queue.collect(110, 0)).toEqual({ waitUntilMs: 120 });
    queue.push(item('b', { takenAtMs: 115 }));
    expect(queue.collect(115, 0)).toEqual({ waitUntilMs: 120 });
    expect(queue.collect(120, 0)).toMatchObject({ batch: [{ name: 'a' }, { name: 'b' }] });
    expect(queue.length).toBe(0);
  });

  it('forgets what must not be computed any more, and puts the requests of a failed batch first', () => {
    const queue = new BatchQueue<Named>({ max: 1, withinMs: 0 });
    for (const name of ['a', 'b', 'c']) queue.push(item(name));
    queue.sweep(({ name }) => name !== 'b');
    queue.unshift([item('y'), item('z')]);
    expect(queue.length).toBe(4);
    expect(queue.collect(0, 0)).toMatchObject({ batch: [{ name: 'y' }] });
  });
});
