import { AppError } from '#common/errors';

export interface AdmissionLimits {
  readonly maxRequests: number;
  readonly maxBytes: number;
}

/** Gives the place back; a second call does nothing. */
export type ReleaseTicket = () => void;

const SHORTEST_RETRY_MS = 1000;
const RETRY_SPREAD_MS = 4000;

/**
 * How many requests, and how many bytes of them, are accepted and not yet ended. Pure bookkeeping: it refuses and never queues, because a
 * refused caller can go elsewhere and a queued one only gets later.
 */
export class Admission {
  private readonly limits: AdmissionLimits;
  private requests = 0;
  private bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get inFlight(): number {
    return this.requests;
  }

  /**
   * Takes a place. `spread` in [0, 1) sets callers apart who are refused together and would else come back together.
   * @throws OVERLOADED with the numbers and when to try again.
   */
  enter(bytes: number, spread: number): ReleaseTicket {
    this.check(bytes, spread);
    return this.take(bytes);
  }

  /** Takes a place whatever the limits say: for requests that were let in once, before a restart. */
  take(bytes: number): ReleaseTicket {
    this.requests += 1;
    this.bytes += bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.requests -= 1;
      this.bytes -= bytes;
    };
  }

  private check(bytes: number, spread: number): void {
    const { maxRequests, maxBytes } = this.limits;
    const retryAfterMs = SHORTEST_RETRY_MS + Math.floor(spread * RETRY_SPREAD_MS);
    const advice = `Retry after ${Math.ceil(retryAfterMs / 1000)} s.`;
    if (this.requests >= maxRequests) {
      throw new AppError('OVERLOADED', `${this.requests} of ${maxRequests} requests in flight. ${advice}`, { retryAfterMs });
    }
    // One request alone is always let in: a body below the body limit must not be refused for ever.
    if (this.requests > 0 && this.bytes + bytes > maxBytes) {
      const message = `${this.bytes} of ${maxBytes} bytes in flight, this request has ${bytes} more. ${advice}`;
      throw new AppError('OVERLOADED', message, { retryAfterMs });
    }
  }
}
