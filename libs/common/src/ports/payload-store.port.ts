import type { PayloadRef } from '../envelope/index.ts';

/** Claim checks: tensors too big for a message. Keys belong to a request, so that all of them go with its outcome. */
export interface PayloadStore {
  /** Stores the bytes until `expiresAtMs` (cluster time) and answers the reference with size and SHA-256. Rejects with STORE_UNAVAILABLE when full. */
  put(requestId: string, bytes: Uint8Array, expiresAtMs: number): Promise<PayloadRef>;
  /** Rejects with PAYLOAD_LOST when gone, PAYLOAD_CORRUPT when size or checksum differ. */
  get(ref: PayloadRef): Promise<Uint8Array>;
  /** Unlinks all payloads of a request that ended. Best effort; the expiry is the backstop. */
  drop(requestId: string): Promise<void>;
}
