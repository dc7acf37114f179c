// The domain compiles against es2023 without ambient types, so that no clock, timer or I/O can slip in. These two are the exception: they
// are pure, every JavaScript runtime has them, and a hand-written UTF-8 decoder would be several times slower on the request path.
// Included by tsconfig.domain.json only; projects with Node's types have them from there.

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number };
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { readonly fatal: boolean; readonly ignoreBOM: boolean });
  /** Throws a TypeError on bytes that are not UTF-8 when `fatal` is set. */
  decode(bytes: Uint8Array): string;
}
