import { AppError } from '#common/errors';

/** What a `Prefer` header asks for. */
export interface Preference {
  readonly respondAsync: boolean;
  /** `wait=`, as milliseconds: how long the answer is waited for. */
  readonly waitMs: number | undefined;
}

const NONE: Preference = { respondAsync: false, waitMs: undefined };
const LONGEST_WAIT_S = 7 * 24 * 3600;

/**
 * Reads `respond-async` and `wait=<seconds>`; other preferences are ignored, as RFC 7240 wants.
 * @throws PARAMETER_INVALID when `wait` is not a whole number of seconds: it is a deadline here, and a guessed deadline is worse than none.
 */
export function parsePrefer(header: string | undefined): Preference {
  if (header === undefined) return NONE;
  let { respondAsync, waitMs } = NONE;
  for (const preference of header.split(',')) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=').map((word) => word.trim());
    if (name.toLowerCase() === 'respond-async') respondAsync = true;
    if (name.toLowerCase() === 'wait') waitMs = parseWait(value) * 1000;
  }
  return { respondAsync, waitMs };
}

function parseWait(value: string): number {
  const seconds = /^"?(\d{1,7})"?$/.exec(value)?.[1];
  if (seconds !== undefined && Number(seconds) <= LONGEST_WAIT_S) return Number(seconds);
  throw new AppError('PARAMETER_INVALID', `Prefer: wait=${value.slice(0, 40)}: expected whole seconds, at most seven days.`);
}
