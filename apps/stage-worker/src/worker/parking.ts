import type { BusRecord, Delivery } from '#common/ports';

/** Cluster time before which a parked record is not looked at again. */
export const NOT_BEFORE_HEADER = 'millrace-not-before-ms';
/** How often the record was parked. */
export const PARKED_HEADER = 'millrace-parked';

const FIRST_MS = 5_000;
const CEILING_MS = 60_000;

/** The record, to be looked at again later, perhaps by a worker that can read it: the same bytes, its wait in headers that any version reads. */
export function parkedRecord(delivery: Delivery, retryTopic: string, nowMs: number): BusRecord {
  const times = Number(delivery.headers[PARKED_HEADER] ?? 0);
  const delayMs = Math.min(CEILING_MS, FIRST_MS * 2 ** Math.min(times, 10));
  return {
    topic: retryTopic,
    ...(delivery.key === undefined ? {} : { key: delivery.key }),
    headers: { ...delivery.headers, [PARKED_HEADER]: String(times + 1), [NOT_BEFORE_HEADER]: String(Math.round(nowMs + delayMs)) },
    bytes: delivery.bytes,
  };
}

/** Cluster time the record asks to be left alone until; 0 = none. */
export function notBeforeMs(delivery: Delivery): number {
  const text = delivery.headers[NOT_BEFORE_HEADER];
  const atMs = text === undefined ? 0 : Number(text);
  return Number.isFinite(atMs) ? atMs : 0;
}
