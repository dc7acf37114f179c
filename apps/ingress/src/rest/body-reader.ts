import type { IncomingMessage } from 'node:http';
import { createGunzip, createInflate } from 'node:zlib';
import { AppError, isAppError, toAppError } from '#common/errors';
import { HEADERS } from './headers.ts';

export interface BodyLimits {
  /** Most bytes of one body, before and after decompression. */
  readonly maxBody: number;
  /** Most bytes of all bodies held at a time. */
  readonly maxHeld: number;
}

export interface Body {
  readonly bytes: Buffer;
  /** Gives the bytes back to the budget; call it once the answer is written. */
  release(): void;
}

const DECOMPRESS = { gzip: createGunzip, deflate: createInflate } as const;
/** A piece of a body that is being inflated: large, since a body may be thousands of pieces. */
const PIECE_BYTES = 65_536;
const RETRY_AFTER_MS = 2000;

/**
 * Reads request bodies into one Buffer, whatever their content type says: the protocol's own header decides what they are (clients send JSON as
 * octet-stream and binary as JSON). Bytes count against a common budget as they arrive: a declared length costs its sender nothing, sent bytes do.
 */
export class BodyReader {
  private readonly limits: BodyLimits;
  private held = 0;

  constructor(limits: BodyLimits) {
    this.limits = limits;
  }

  /** @throws PAYLOAD_TOO_LARGE, OVERLOADED, UNSUPPORTED_ENCODING, MALFORMED_BODY */
  async read(request: IncomingMessage): Promise<Body> {
    const encoding = encodingOf(request);
    if (Number(request.headers[HEADERS.contentLength] ?? 0) > this.limits.maxBody) throw tooLarge(this.limits.maxBody);
    const hold = new Hold(this);
    try {
      const raw = await collect(request, (total, size) => this.count(hold, total, size));
      if (encoding === undefined) return { bytes: raw, release: () => hold.release() };
      const bytes = await decompress(raw, encoding, (total, size) => this.count(hold, total, size));
      return { bytes, release: () => hold.release() };
    } catch (error) {
      hold.release();
      throw error;
    }
  }

  give(bytes: number): void {
    this.held -= bytes;
  }

  private count(hold: Hold, total: number, size: number): void {
    const { maxBody, maxHeld } = this.limits;
    if (total > maxBody) throw tooLarge(maxBody);
    if (this.held > hold.bytes && this.held + size > maxHeld) {
      const message = `${this.held} of ${maxHeld} bytes of request bodies are held already. Retry after ${RETRY_AFTER_MS / 1000} s.`;
      throw new AppError('OVERLOADED', message, { retryAfterMs: RETRY_AFTER_MS });
    }
    hold.bytes += size;
    this.held += size;
  }
}

/** What one body holds of the budget. */
class Hold {
  bytes = 0;
  private readonly owner: BodyReader;

  constructor(owner: BodyReader) {
    this.owner = owner;
  }

  release(): void {
    this.owner.give(this.bytes);
    this.bytes = 0;
  }
}

/** Events, not an async iterator: this runs for every request, and the iterator alone costs as much as parsing a small body. */
function collect(request: IncomingMessage, count: (total: number, size: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    const leave = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
    };
    const onData = (chunk: Buffer): void => {
      total += chunk.length;
      chunks.push(chunk);
      try {
        count(total, chunk.length);
      } catch (error) {
        leave();
        // What still arrives is thrown away, so that the client gets to read the refusal on a connection that still works.
        request.on('error', ignore).resume();
        reject(error);
      }
    };
    const onEnd = (): void => {
      leave();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, total));
    };
    const onBreak = (): void => {
      leave();
      request.on('error', ignore);
      reject(new AppError('MALFORMED_BODY', `The connection broke after ${total} bytes of the body.`));
    };
    request.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

/** A connection that breaks after we have stopped reading is nobody's concern any more; unheard, its error would end the process. */
function ignore(): void {
  // Nothing is left to be done for it.
}

function encodingOf(request: IncomingMessage): keyof typeof DECOMPRESS | undefined {
  const encoding = request.headers[HEADERS.contentEncoding]?.trim().toLowerCase();
  if (encoding === undefined || encoding === '' || encoding === 'identity') return undefined;
  if (encoding === 'gzip' || encoding === 'deflate') return encoding;
  throw new AppError('UNSUPPORTED_ENCODING', `Content-Encoding "${encoding.slice(0, 40)}" is not supported. Send gzip, deflate or none.`);
}

/** Counted while it grows: many small bodies that inflate at once are stopped at the limit, not after it. */
async function decompress(raw: Buffer, encoding: keyof typeof DECOMPRESS, count: (total: number, size: number) => void): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  const inflating = DECOMPRESS[encoding]({ chunkSize: PIECE_BYTES });
  inflating.end(raw);
  try {
    for await (const piece of inflating as AsyncIterable<Buffer>) {
      total += piece.length;
      count(total, piece.length);
      pieces.push(piece);
    }
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError('MALFORMED_BODY', `The body is not ${encoding} data: ${toAppError(error).message}.`);
  }
  return Buffer.concat(pieces, total);
}

function tooLarge(maxBody: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The request body is larger than ${maxBody} bytes (after decompression). Send less, or raise MILLRACE_MAX_BODY.`);
}
