import { randomFillSync } from 'node:crypto';
import type { Random } from '#common/ports';

/** Milliseconds since the epoch; the clock's own, or a test's. */
type WallClock = () => number;

const POOL_BYTES = 4096;
const ID_BYTES = 16;
/** The 12 bits after the version hold a counter, so that ids made within one millisecond sort as they were made (RFC 9562, 6.2, method 1). */
const MOST_PER_MILLISECOND = 0xfff;

/** Randomness from the system, and request ids: UUIDv7, each greater than the one before. */
export class SystemRandom implements Random {
  readonly #wallClock: WallClock;
  // Filled in bulk: a call into the system per id costs more than all the rest of it.
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #poolUsed = POOL_BYTES;
  #milliseconds = 0;
  #counter = 0;

  constructor(wallClock: WallClock = Date.now) {
    this.#wallClock = wallClock;
  }

  unit(): number {
    return Math.random();
  }

  requestId(): string {
    const random = this.#take(ID_BYTES / 2);
    this.#advance(random);
    const time = this.#milliseconds.toString(16).padStart(12, '0');
    const counter = (0x7000 | this.#counter).toString(16);
    random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
    const tail = random.toString('hex');
    return `${time.slice(0, 8)}-${time.slice(8)}-${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  }

  /** A new millisecond starts the counter at random in its lower half; a full one, or a clock set back, borrows from the next. */
  #advance(random: Uint8Array): void {
    const now = this.#wallClock();
    if (now > this.#milliseconds) this.#milliseconds = now;
    else if (this.#counter < MOST_PER_MILLISECOND) {
      this.#counter += 1;
      return;
    } else this.#milliseconds += 1;
    this.#counter = (((random[6] ?? 0) << 8) | (random[7] ?? 0)) & (MOST_PER_MILLISECOND >> 1);
  }

  #take(count: number): Buffer {
    if (this.#poolUsed + count > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#poolUsed = 0;
    }
    this.#poolUsed += count;
    return this.#pool.subarray(this.#poolUsed - count, this.#poolUsed);
  }
}
