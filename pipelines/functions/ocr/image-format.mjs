/**
 * Which image format a byte string claims to be, by its first bytes.
 * Only PNG and JPEG are taken; the others are known by name so that a refusal can say what was sent.
 */

/** @type {ReadonlyArray<readonly [name: string, offset: number, signature: string]>} */
const SIGNATURES = [
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['JPEG', 0, '\xff\xd8\xff'],
  ['BMP', 0, 'BM'],
  ['GIF', 0, 'GIF8'],
  ['HEIF or AVIF', 4, 'ftyp'],
  ['JPEG XL', 0, '\xff\x0a'],
  ['PDF', 0, '%PDF'],
  ['SVG or XML', 0, '<'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['WebP', 8, 'WEBP'],
];

/** @param {Uint8Array} bytes @returns {string | undefined} the name of the format, or undefined when none is known */
export function formatOf(bytes) {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(([, offset, signature]) => head.startsWith(signature, offset))?.[0];
}

/** The first bytes in hexadecimal, for a message. @param {Uint8Array} bytes */
export function firstBytes(bytes) {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
