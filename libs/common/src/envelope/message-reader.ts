import { AppError } from '../errors/index.ts';
import { decodeUtf8 } from '../inference/index.ts';

/** The error of bytes that are no message; `why` completes the sentence. */
export function invalidMessage(why: string): AppError {
  return new AppError('ENVELOPE_INVALID', `these bytes are not a message of Millrace: ${why}.`);
}

/** Reads the fixed-width part of a message in order; every step is checked against what is there, so that garbage ends in ENVELOPE_INVALID. */
export class MessageReader {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  private stringsSize = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Refuses to go on unless `count` more bytes are there. */
  need(count: number): void {
    if (count > this.bytes.length - this.at) throw invalidMessage(`${count} more bytes are needed after ${this.at} of ${this.bytes.length}`);
  }

  u8(): number {
    this.need(1);
    this.at += 1;
    return this.view.getUint8(this.at - 1);
  }

  u16(): number {
    this.need(2);
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }

  u32(): number {
    this.need(4);
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  private f64(): number {
    this.need(8);
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  integer(what: string): number {
    const value = this.f64();
    if (!Number.isSafeInteger(value)) throw invalidMessage(`${what} is ${value}`);
    return value;
  }

  /** Times may be infinite (no deadline), but not NaN, which every comparison would let pass. */
  time(what: string): number {
    const value = this.f64();
    if (Number.isNaN(value)) throw invalidMessage(`${what} is ${value}`);
    return value;
  }

  /** Length of the next string of the block; its text comes from `strings()` once the fixed-width part has been read. */
  stringLength(): number {
    const length = this.u32();
    this.stringsSize += length;
    return length;
  }

  /** The string block, whose begin is the end of the fixed-width part. Call once, last. */
  strings(): StringBlock {
    this.need(this.stringsSize);
    return new StringBlock(this.view, this.at, this.stringsSize);
  }
}

/** Hands out the strings of the block in the order of their lengths. */
export class StringBlock {
  /** Where the block ends. */
  readonly end: number;
  private readonly view: DataView;
  private readonly start: number;
  private readonly text: string;
  private readonly isAscii: boolean;
  private at = 0;

  constructor(view: DataView, start: number, size: number) {
    this.view = view;
    this.start = start;
    this.end = start + size;
    // One call into the decoder for all strings: as long as they are ASCII, byte positions are positions in the text.
    this.text = this.decode(start, size);
    this.isAscii = this.text.length === size;
  }

  take(length: number): string {
    const at = this.at;
    this.at += length;
    return this.isAscii ? this.text.slice(at, at + length) : this.decode(this.start + at, length);
  }

  private decode(start: number, length: number): string {
    const text = decodeUtf8(new Uint8Array(this.view.buffer, this.view.byteOffset + start, length));
    if (text === undefined) throw invalidMessage('a string is not UTF-8');
    return text;
  }
}
