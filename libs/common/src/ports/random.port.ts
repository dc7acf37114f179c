/** The only door to randomness. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** A new UUIDv7: request ids. */
  requestId(): string;
}
