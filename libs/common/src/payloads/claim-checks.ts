import { encodeEnvelope, isByReference } from '#common/envelope';
import type { Envelope, PartTensor, PayloadRef } from '#common/envelope';
import { AppError } from '#common/errors';
import type { PayloadStore } from '#common/ports';
import { Deposit, isBig } from './deposit.ts';
import type { Carrier } from './deposit.ts';
import type { MessageLimits } from './message-limits.ts';

export interface ClaimCheckParts {
  readonly payloads: PayloadStore;
  readonly limits: MessageLimits;
}

/** The request that tensors belong to. */
export type Owner = Pick<Envelope, 'requestId' | 'deadlineMs'>;

/** Payloads outlive the deadline by this, so that a stage that is late says so instead of missing them. */
const KEEP_AFTER_DEADLINE_MS = 60_000;

const ALL = (): boolean => true;

/**
 * Claim checks: a tensor too big for a message is stored once, by whoever makes it, and travels as a reference; whoever needs its bytes fetches
 * them, and everybody else passes the reference on as it is. Used by all that send or read messages.
 */
export class ClaimChecks {
  readonly #payloads: PayloadStore;
  readonly #limits: MessageLimits;

  constructor({ payloads, limits }: ClaimCheckParts) {
    this.#payloads = payloads;
    this.#limits = limits;
  }

  /** True when these messages carry a tensor that has to be stored before they are sent. */
  mustStore(messages: readonly Carrier[]): boolean {
    const { inlineBytes } = this.#limits;
    if (inlineBytes === Infinity) return false;
    for (const message of messages) for (const { tensor } of message.tensors) if (isBig(tensor, inlineBytes)) return true;
    return false;
  }

  /** Nothing is stored before `store` is called. Rejections: STORE_UNAVAILABLE, also when the store is full. */
  deposit<Message extends Carrier>({ requestId, deadlineMs }: Owner, messages: readonly Message[]): Deposit<Message> {
    const put = (bytes: Uint8Array): Promise<PayloadRef> => this.#payloads.put(requestId, bytes, deadlineMs + KEEP_AFTER_DEADLINE_MS);
    return new Deposit({ messages, inlineBytes: this.#limits.inlineBytes, put });
  }

  /** True when a tensor that is wanted is a reference. */
  mustFetch(messages: readonly Carrier[], isWanted: (tensor: PartTensor) => boolean = ALL): boolean {
    for (const message of messages) for (const named of message.tensors) if (isByReference(named.tensor) && isWanted(named)) return true;
    return false;
  }

  /** The messages with the bytes of the wanted tensors in place. Rejects with PAYLOAD_LOST, PAYLOAD_CORRUPT or STORE_UNAVAILABLE. */
  async fetch<Message extends Carrier>(messages: readonly Message[], isWanted: (tensor: PartTensor) => boolean = ALL): Promise<readonly Message[]> {
    const reads = new Map<string, Promise<Uint8Array>>();
    const read = (ref: PayloadRef): Promise<Uint8Array> => {
      const begun = reads.get(ref.key) ?? this.#payloads.get(ref);
      reads.set(ref.key, begun);
      return begun;
    };
    const fetched = async (named: PartTensor): Promise<PartTensor> => {
      const { tensor } = named;
      if (!isByReference(tensor) || !isWanted(named)) return named;
      return { ...named, tensor: { datatype: tensor.datatype, shape: tensor.shape, bytes: await read(tensor.ref) } };
    };
    return Promise.all(messages.map(async (message) => ({ ...message, tensors: await Promise.all(message.tensors.map(fetched)) })));
  }

  /** Gives up what was stored for a request that never came to be. Best effort; it also expires. */
  async giveUp(requestId: string): Promise<void> {
    await this.#payloads.drop(requestId).catch(() => undefined);
  }

  /** The message as bytes for a topic. @throws PAYLOAD_TOO_LARGE when the bus would not take them: such a message is never published. */
  encode(envelope: Envelope, topic: string): Uint8Array {
    const bytes = encodeEnvelope(envelope);
    const { inlineBytes, messageBytes } = this.#limits;
    if (bytes.length <= messageBytes) return bytes;
    const size = `The message for ${topic} has ${bytes.length} bytes, of which none is in a tensor of more than ${inlineBytes}; the bus takes ${messageBytes}.`;
    throw new AppError('PAYLOAD_TOO_LARGE', `${size} Send fewer or smaller tensors and parameters, lower MILLRACE_CLAIM_CHECK_BYTES, or raise MILLRACE_KAFKA_MAX_RECORD_BYTES.`);
  }
}
