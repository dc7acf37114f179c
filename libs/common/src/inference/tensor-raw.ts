import { AppError } from '../errors/index.ts';
import { elementCount } from './tensor.ts';
import type { Tensor } from './tensor.ts';
import { encodeUtf8 } from './utf8.ts';

const LENGTH_PREFIX = 4;

/**
 * The elements of a BYTES tensor as views into it, nothing copied.
 * Throws TENSOR_DATA_INVALID when the length prefixes do not add up to the tensor, TENSOR_DATATYPE_MISMATCH for other datatypes.
 */
export function bytesElements(tensor: Tensor): Uint8Array[] {
  if (tensor.datatype !== 'BYTES') throw new AppError('TENSOR_DATATYPE_MISMATCH', `expected a BYTES tensor, got ${tensor.datatype}.`);
  const elements: Uint8Array[] = [];
  const { buffer, byteOffset } = tensor.bytes;
  walkBytes(tensor, (start, end) => elements.push(new Uint8Array(buffer, byteOffset + start, end - start)));
  return elements;
}

/** Puts elements together; strings are written as UTF-8. Throws TENSOR_SHAPE_MISMATCH when their number is not the shape's. */
export function bytesTensor(shape: readonly number[], elements: readonly (Uint8Array | string)[]): Tensor {
  const expected = elementCount(shape);
  if (expected !== elements.length) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `BYTES [${shape.join(', ')}] has ${expected} elements, got ${elements.length}.`);
  }
  return { datatype: 'BYTES', shape, bytes: joinElements(elements.map((element) => (typeof element === 'string' ? encodeUtf8(element) : element))) };
}

function joinElements(elements: readonly Uint8Array[]): Uint8Array {
  let size = 0;
  for (const element of elements) size += LENGTH_PREFIX + element.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const element of elements) {
    view.setUint32(at, element.length, true);
    bytes.set(element, at + LENGTH_PREFIX);
    at += LENGTH_PREFIX + element.length;
  }
  return bytes;
}

/** Byte offset at which each element of a BYTES tensor starts (at its prefix), and the end of the last: one more entry than elements. */
export function bytesOffsets(tensor: Tensor): number[] {
  const offsets = [0];
  walkBytes(tensor, (_start, end) => offsets.push(end));
  return offsets;
}

/** Calls `visit` with start and end of each element's content. Throws TENSOR_DATA_INVALID when prefixes, count and size disagree. */
export function walkBytes(tensor: Tensor, visit: (start: number, end: number) => void): void {
  const { bytes } = tensor;
  const count = elementCount(tensor.shape);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  // Stops at the first element that does not fit, so that a shape of 2^50 over four bytes costs four bytes of work.
  for (let index = 0; index < count; index++) {
    const start = at + LENGTH_PREFIX;
    const end = start <= bytes.length ? start + view.getUint32(at, true) : Infinity;
    if (end > bytes.length) {
      const what = `BYTES element ${index} of ${count} ends past the tensor's ${bytes.length} bytes`;
      throw new AppError('TENSOR_DATA_INVALID', `${what}. Send a 4-byte little-endian length before each element.`);
    }
    visit(start, end);
    at = end;
  }
  if (at !== bytes.length) {
    const what = `${count} BYTES elements take ${at} bytes, but the tensor has ${bytes.length}`;
    throw new AppError('TENSOR_DATA_INVALID', `${what}. Check the shape and the length prefixes.`);
  }
}
