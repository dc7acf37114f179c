/** What a message may carry, as the engine's bus has it. Bytes. */
export interface MessageLimits {
  /** A tensor of more bytes travels by reference. */
  readonly inlineBytes: number;
  /** A message of more bytes is never sent. */
  readonly messageBytes: number;
}

/** Of an engine whose messages stay in memory: nothing is gained by putting a tensor elsewhere. */
export const NO_MESSAGE_LIMITS: MessageLimits = Object.freeze({ inlineBytes: Infinity, messageBytes: Infinity });
