import { AppError } from '../errors/index.ts';

const encoder = new TextEncoder();

/** Bytes a string takes as UTF-8. Names and ids are ASCII, which a loop sees sooner than a call into the encoder returns. */
export function utf8Length(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 0x7f) return encoder.encode(text).length;
  }
  return text.length;
}

export function alignTo8(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

/** Writes a message of known layout into one allocation. Numbers go to the fixed-width part, strings to the block behind it. */
export class MessageWriter {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;
  private stringAt: number;

  /** `stringsAt`: where the string block begins, which is where the fixed-width part ends. */
  constructor(size: number, stringsAt: number) {
    this.bytes = new Uint8Array(size);
    this.view = new DataView(this.bytes.buffer);
    this.stringAt = stringsAt;
  }

  u8(value: number): void {
    this.view.setUint8(this.at, value);
    this.at += 1;
  }

  u16(value: number): void {
    this.view.setUint16(this.at, value, true);
    this.at += 2;
  }

  u32(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  private f64(value: number): void {
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** A whole number. What the reader would refuse is refused here, where its maker can still be told. */
  integer(value: number): void {
    if (!Number.isSafeInteger(value)) throw new AppError('INTERNAL', `a message cannot carry ${value} where a whole number belongs.`);
    this.f64(value);
  }

  /** Milliseconds, a point in time or a duration. */
  time(value: number): void {
    if (Number.isNaN(value)) throw new AppError('INTERNAL', 'a message cannot carry NaN where a time belongs.');
    this.f64(value);
  }

  /** Appends the text to the string block and its length to the fixed-width part. */
  string(text: string): void {
    const length = this.appendText(text);
    this.stringAt += length;
    this.u32(length);
  }

  private appendText(text: string): number {
    const start = this.stringAt;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return encoder.encodeInto(text, this.bytes.subarray(start)).written;
      this.bytes[start + index] = unit;
    }
    return text.length;
  }

  /** Where the next tensor may begin, once all strings are written. */
  get payloadAt(): number {
    return alignTo8(this.stringAt);
  }
}
