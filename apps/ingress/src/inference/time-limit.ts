import { AppError } from '#common/errors';
import type { Parameters } from '#common/inference';

export interface TimeLimitChoice {
  readonly parameters: Parameters;
  /** What the transport says: `Prefer: wait=`, `grpc-timeout`. */
  readonly transportMs: number | undefined;
  /** The pipeline's default for the mode. */
  readonly defaultMs: number;
}

/** A day and a bit beyond any real limit; a timer or a store must never meet Infinity or a year 300,000. */
const LONGEST_MS = 7 * 24 * 3_600_000;

/**
 * Milliseconds the request may take, from the first of: the parameter `timeout` (microseconds, as the protocol has it), the transport's limit,
 * the pipeline's default.
 * @throws PARAMETER_INVALID when `timeout` is not a whole number of microseconds above 0 and at most seven days.
 */
export function chooseTimeLimit({ parameters, transportMs, defaultMs }: TimeLimitChoice): number {
  const given = parameters['timeout'];
  if (given === undefined) return transportMs ?? defaultMs;
  const microseconds = typeof given === 'bigint' ? Number(given) : given;
  if (typeof microseconds === 'number' && Number.isInteger(microseconds) && microseconds > 0 && microseconds <= LONGEST_MS * 1000) return microseconds / 1000;
  throw new AppError('PARAMETER_INVALID', `Parameter "timeout" is ${show(given)}: expected whole microseconds above 0, at most seven days. One second is 1000000.`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 40)}"` : String(value).slice(0, 40);
}
