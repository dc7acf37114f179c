import { expect, it } from '@jest/globals';
import type { Delivery } from '#common/ports';
import { notBeforeMs, parkedRecord } from './parking.ts';

function delivery(headers: Readonly<Record<string, string>>): Delivery {
  return { topic: 't', partition: 0, offset: 0, key: undefined, headers, bytes: Uint8Array.of(7), redelivered: false, settle: () => undefined };
}

it.each([
  [undefined, 5_000, '1'],
  ['1', 10_000, '2'],
  ['2', 20_000, '3'],
  ['99', 60_000, '100'],
])('parks a record that was parked %s times for %i ms, with its bytes and headers', (times, waitMs, next) => {
  const parked = parkedRecord(delivery({ other: 'kept', ...(times === undefined ? {} : { 'millrace-parked': times }) }), 't.retry', 1_000);
  expect(parked).toEqual({ topic: 't.retry', bytes: Uint8Array.of(7), headers: { other: 'kept', 'millrace-parked': next, 'millrace-not-before-ms': String(1_000 + waitMs) } });
});

it.each([
  ['12', 12],
  ['soon', 0],
  [undefined, 0],
])('reads the time %s as %i', (text, atMs) => {
  expect(notBeforeMs(delivery(text === undefined ? {} : { 'millrace-not-before-ms': text }))).toBe(atMs);
});
