import { describe, expect, it } from '@jest/globals';
import { takeBatch } from './micro-batch.ts';
import type { Batchable } from './micro-batch.ts';

const KIB = 1024;

function item(partition: number, kib: number, company: Batchable['company'] = 'any'): Batchable {
  return { topic: 't', partition, bytes: new Uint8Array(kib * KIB), company };
}

/** What is taken, as partition:KiB. */
function taken(queue: readonly Batchable[]): string[] {
  return takeBatch(queue, (each) => each).batch.map(({ partition, bytes }) => `${partition}:${bytes.length / KIB}`);
}

describe('a batch takes what one produce request may hold', () => {
  it.each([
    ['nothing of an empty queue', [], []],
    ['everything that is small', [item(0, 1), item(1, 1), item(0, 1)], ['0:1', '1:1', '0:1']],
    ['one record however large', [item(0, 6000), item(1, 1)], ['0:6000']],
    ['no more of one partition than a broker takes', [item(0, 500), item(0, 500), item(1, 500)], ['0:500', '1:500']],
    ['nothing of a partition behind a record that stays', [item(0, 500), item(0, 500), item(0, 1)], ['0:500']],
    ['no more in all than 4 MiB', Array.from({ length: 9 }, (_, partition) => item(partition, 600)), [0, 1, 2, 3, 4, 5].map((partition) => `${partition}:600`)],
    ['only its own partition with a record that failed in a mixed batch', [item(0, 1, 'partition'), item(1, 1, 'partition'), item(0, 2, 'partition'), item(0, 3)], ['0:1', '0:2']],
    ['nobody with a record that was too large among others', [item(0, 1, 'none'), item(0, 1, 'none')], ['0:1']],
    ['no failed record beside new ones', [item(0, 1), item(1, 1, 'partition'), item(2, 1)], ['0:1', '2:1']],
  ])('takes %s', (_, queue, expected) => {
    expect(taken(queue)).toEqual(expected);
  });

  it('leaves the rest in its order', () => {
    const queue = [item(0, 500), item(0, 501), item(1, 1), item(0, 502)];
    expect(takeBatch(queue, (each) => each).rest.map(({ bytes }) => bytes.length / KIB)).toEqual([501, 502]);
  });
});
