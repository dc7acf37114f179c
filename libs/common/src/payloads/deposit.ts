import { isByReference } from '#common/envelope';
import type { PartTensor, PayloadRef } from '#common/envelope';
import type { Tensor } from '#common/inference';

/** Anything that carries tensors: an envelope, an outcome, a message not yet addressed. */
export interface Carrier {
  readonly tensors: readonly PartTensor[];
}

export interface DepositParts<Message extends Carrier> {
  readonly messages: readonly Message[];
  /** A tensor of more bytes is stored. */
  readonly inlineBytes: number;
  readonly put: (bytes: Uint8Array) => Promise<PayloadRef>;
}

/**
 * The tensors of messages that go out together, on their way into the store. A tensor that several messages carry is stored once, and a second
 * try stores only what the first did not.
 */
export class Deposit<Message extends Carrier> {
  readonly #parts: DepositParts<Message>;
  readonly #refs = new Map<Tensor, PayloadRef>();

  constructor(parts: DepositParts<Message>) {
    this.#parts = parts;
  }

  /** The messages with references in place of the big tensors. Rejects as the store does; may be called again then. */
  async store(): Promise<readonly Message[]> {
    const { messages, put } = this.#parts;
    const missing = new Set<Tensor>();
    for (const message of messages) for (const { tensor } of message.tensors) if (this.#isBig(tensor) && !this.#refs.has(tensor)) missing.add(tensor);
    // All are awaited, so that nothing of one try is still under way during the next.
    const tries = await Promise.allSettled([...missing].map(async (tensor) => this.#refs.set(tensor, await put(tensor.bytes))));
    for (const each of tries) if (each.status === 'rejected') throw each.reason;
    return messages.map((message) => ({ ...message, tensors: message.tensors.map((named) => this.#referred(named)) }));
  }

  #referred(named: PartTensor): PartTensor {
    const { tensor } = named;
    const ref = isByReference(tensor) ? undefined : this.#refs.get(tensor);
    return ref === undefined ? named : { ...named, tensor: { datatype: tensor.datatype, shape: tensor.shape, ref } };
  }

  #isBig(tensor: PartTensor['tensor']): tensor is Tensor {
    return isBig(tensor, this.#parts.inlineBytes);
  }
}

/** True for a tensor that is here and has more bytes than a message should carry. */
export function isBig(tensor: PartTensor['tensor'], inlineBytes: number): tensor is Tensor {
  return !isByReference(tensor) && tensor.bytes.length > inlineBytes;
}
