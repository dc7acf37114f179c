import type { Outcome } from '#common/envelope';
import { AppError } from '#common/errors';
import type { AcceptRecord, RequestState } from '#common/ports';
import type { RedisReply } from './redis-client.ts';

/** An accept record without its first hops: the bus is durable and has them. */
export type RequestRecord = Omit<AcceptRecord, 'entry'>;

/** A request's hash, read. */
export interface StoredRequest {
  readonly record: RequestRecord;
  /** Undefined: it has not ended. */
  readonly kind: Outcome['kind'] | undefined;
  /** Stages reported as finished, in order. */
  readonly stages: readonly string[];
}

export const STATES = { result: 'succeeded', error: 'failed', deadline: 'expired', cancelled: 'cancelled' } as const satisfies Record<Outcome['kind'], RequestState>;

const STAGE = 's:';

/** Reads the flat list [field, value, ...] of HGETALL; undefined when there is no such request. */
export function parseRequest(reply: RedisReply | undefined): StoredRequest | undefined {
  const fields = new Map<string, string>();
  const flat = Array.isArray(reply) ? reply : [];
  for (let at = 0; at < flat.length; at += 2) fields.set(String(flat[at]), String(flat[at + 1]));
  const record = fields.get('rec');
  if (record === undefined) return undefined;
  const stages = [...fields].filter(([name]) => name.startsWith(STAGE)).sort(([, a], [, b]) => Number(a) - Number(b));
  return { record: parseRecord(record), kind: parseKind(fields.get('k')), stages: stages.map(([name]) => name.slice(STAGE.length)) };
}

export function parseRecord(text: string): RequestRecord {
  return JSON.parse(text) as RequestRecord;
}

function parseKind(text: string | undefined): Outcome['kind'] | undefined {
  if (text === undefined) return undefined;
  if (Object.hasOwn(STATES, text)) return text as Outcome['kind'];
  throw new AppError('INTERNAL', `The store holds an outcome of unknown kind "${text}"; it was written by another version of Millrace.`);
}
