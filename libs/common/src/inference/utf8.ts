const encoder = new TextEncoder();
// Byte order marks are content here: a BYTES element must come back as it was sent.
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Lone surrogates become U+FFFD, as everywhere on the web; check with `isWellFormedText` where that matters. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text, or undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** False when the text holds half a surrogate pair, which UTF-8 cannot carry. */
export function isWellFormedText(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

const SHOWN_LENGTH = 64;

/** A name from outside as messages show it: quoted, and cut short so that a hostile one cannot fill a log. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > SHOWN_LENGTH ? `${name.slice(0, SHOWN_LENGTH)}...` : name);
}
