const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/**
 * Milliseconds to wait before the next start after so many fruitless ones in a row (executors that died before they finished a call).
 * None after the first, which may be chance; then doubling, so that a model that cannot load does not eat a core.
 */
export function restartPauseMs(fruitless: number): number {
  return fruitless <= 1 ? 0 : Math.min(FIRST_MS * 2 ** (fruitless - 2), LONGEST_MS);
}
