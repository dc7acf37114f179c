import type { PayloadRef } from '#common/envelope';
import { AppError } from '#common/errors';
import type { Clock, PayloadStore } from '#common/ports';
import type { RedisClient } from './redis-client.ts';
import type { RedisKeys } from './redis-keys.ts';

export interface RedisPayloadStoreOptions {
  readonly client: RedisClient;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  /** Names this process in the store: no other ever has it. */
  readonly processId: string;
  /** Most bytes of payloads held at a time, over all processes. */
  readonly maxBytes: number;
}

const STORED = 1;

/** Payloads as Redis strings that expire, under a cap that all processes share: the ledger and the count are kept by the scripts. */
export class RedisPayloadStore implements PayloadStore {
  readonly #options: RedisPayloadStoreOptions;
  #serial = 0;

  constructor(options: RedisPayloadStoreOptions) {
    this.#options = options;
  }

  async put(requestId: string, bytes: Uint8Array, expiresAtMs: number): Promise<PayloadRef> {
    const { client, clock, keys, maxBytes, processId } = this.#options;
    const key = `${requestId}/${processId}.${(this.#serial++).toString(36)}`;
    // A copy: the caller may go on with its bytes, and checksum and store must see the same.
    const copy = Buffer.from(bytes);
    const names = [keys.payloadPrefix + key, keys.payloadsOf(requestId), keys.payloadLedger, keys.payloadBytes];
    const [sha256, reply] = await Promise.all([
      sha256Of(copy),
      client.script('putPayload', names, [copy, key, Math.ceil(expiresAtMs), clock.clusterNow(), maxBytes], `store a payload of ${copy.length} bytes`),
    ]);
    if (reply === STORED) return { key, sha256, size: copy.length };
    throw new AppError('STORE_UNAVAILABLE', `The payload store holds ${String(reply)} of at most ${maxBytes} bytes; ${copy.length} more do not fit. Wait until requests have ended.`);
  }

  async get(ref: PayloadRef): Promise<Uint8Array> {
    const { client, keys } = this.#options;
    const bytes = await client.run(`read payload "${ref.key}"`, (redis) => redis.getBuffer(keys.payloadPrefix + ref.key));
    if (bytes === null) throw new AppError('PAYLOAD_LOST', `Payload "${ref.key}" (${ref.size} bytes) is gone: its request ended, or it expired.`);
    if (bytes.length !== ref.size) throw new AppError('PAYLOAD_CORRUPT', `Payload "${ref.key}" has ${bytes.length} bytes, expected ${ref.size}.`);
    const sha256 = await sha256Of(bytes);
    if (sha256 !== ref.sha256) throw new AppError('PAYLOAD_CORRUPT', `Payload "${ref.key}" has SHA-256 ${sha256}, expected ${ref.sha256}.`);
    return bytes;
  }

  async drop(requestId: string): Promise<void> {
    const { client, keys } = this.#options;
    const names = [keys.payloadsOf(requestId), keys.payloadLedger, keys.payloadBytes];
    // Best effort: whatever is left expires.
    await client.script('dropPayloads', names, [keys.payloadPrefix], `drop the payloads of request ${requestId}`).catch(() => undefined);
  }
}

/** Off the event loop: payloads are big by nature. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}
