import type { Envelope } from '#common/envelope';
import type { AppError } from '#common/errors';
import type { BusRecord, Delivery } from '#common/ports';

const LONGEST_VALUE = 1_024;
const UNPRINTABLE = /[^\x20-\x7e]+/g;

export interface DeadLetter {
  /** The stage's dead-letter topic. */
  readonly topic: string;
  readonly group: string;
  readonly workerId: string;
  readonly stage: string;
  /** The record as it came: it can be published again as it is. */
  readonly bytes: Uint8Array;
  /** Absent for a part that came out of a join's store. */
  readonly delivery: Delivery | undefined;
  /** Absent when the bytes could not be decoded. */
  readonly envelope: Envelope | undefined;
  readonly error: AppError;
  readonly attempts: number;
  /** Position among the parts of a join that died together; 1 of 1 otherwise. */
  readonly part: number;
  readonly parts: number;
  /** Cluster time, milliseconds since the epoch. */
  readonly atMs: number;
}

/** The record to keep: the original bytes, and as headers where it came from and why it died. */
export function deadLetterRecord(letter: DeadLetter): BusRecord {
  const { delivery, envelope } = letter;
  const key = delivery?.key ?? envelope?.requestId;
  return {
    topic: letter.topic,
    ...(key === undefined ? {} : { key }),
    bytes: letter.bytes,
    headers: {
      ...originHeaders(delivery),
      ...(envelope === undefined ? {} : envelopeHeaders(envelope)),
      'millrace-group': printable(letter.group),
      'millrace-worker': printable(letter.workerId),
      'millrace-stage': printable(letter.stage),
      'millrace-error-code': letter.error.code,
      'millrace-error-message': printable(letter.error.message),
      'millrace-attempts': String(letter.attempts),
      'millrace-part': `${String(letter.part)}/${String(letter.parts)}`,
      'millrace-dead-at-ms': String(Math.round(letter.atMs)),
    },
  };
}

function originHeaders(delivery: Delivery | undefined): Record<string, string> {
  if (delivery === undefined) return {};
  return {
    'millrace-origin-topic': printable(delivery.topic),
    'millrace-origin-partition': String(delivery.partition),
    'millrace-origin-offset': String(delivery.offset),
  };
}

function envelopeHeaders(envelope: Envelope): Record<string, string> {
  return {
    'millrace-origin-timestamp-ms': String(Math.round(envelope.publishedAtMs)),
    'millrace-request-id': printable(envelope.requestId),
    'millrace-pipeline': printable(`${envelope.pipeline}@${envelope.version}`),
    'millrace-tenant': printable(envelope.tenant),
    'millrace-traceparent': printable(envelope.traceparent),
  };
}

/** A header value: printable ASCII of at most 1 KiB, so that no driver refuses the record that must not be lost. */
function printable(value: string): string {
  const clean = value.replace(UNPRINTABLE, ' ');
  return clean.length <= LONGEST_VALUE ? clean : `${clean.slice(0, LONGEST_VALUE - 3)}...`;
}
