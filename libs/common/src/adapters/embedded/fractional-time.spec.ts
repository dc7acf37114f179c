import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openEmbedded } from '../../../../../test/contract/embedded-under-test.ts';
import type { EmbeddedUnderTest } from '../../../../../test/contract/embedded-under-test.ts';

/** Cluster time has fractions of a millisecond; the store's columns are whole numbers. */

let tested: EmbeddedUnderTest;

beforeEach(async () => {
  tested = await openEmbedded();
  tested.clock.advance(0.25);
});

afterEach(() => tested.close());

it('keeps dead letters that are published between two milliseconds', async () => {
  const { bus } = tested.engine;
  await bus.ensureTopics([{ name: 't.dlq', partitions: 1, retention: 'kept' }]);
  await bus.publish([{ topic: 't.dlq', bytes: Uint8Array.of(1) }]);
  expect(await bus.browse('t.dlq', 0, 0, 10)).toHaveLength(1);
});

it('ends requests whose times have fractions, and forgets their results later', async () => {
  const { replies } = tested.engine;
  const nowMs = tested.clock.clusterNow();
  const record = { requestId: 'r', tenant: 't', pipeline: 'p', version: 'v', mode: 'async', acceptedAtMs: nowMs, deadlineMs: nowMs + 10.5, keepUntilMs: nowMs + 20.1, entry: [] } as const;
  await replies.accept(record);
  expect(await replies.complete('r', { kind: 'result', atMs: nowMs, timings: [], tensors: [] })).toMatchObject({ won: true });
  tested.clock.advance(120_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(tested.lines).toEqual([]);
  expect((await replies.peek('r'))?.outcome).toBeUndefined();
});
