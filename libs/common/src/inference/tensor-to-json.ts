import { shortestFloat32 } from './float32-decimal.ts';
import type { Tensor } from './tensor.ts';
import { needsBinary } from './tensor-from-json.ts';
import { bytesElements } from './tensor-raw.ts';
import { toTypedArray } from './typed-array.ts';
import { decodeUtf8 } from './utf8.ts';

/**
 * The `data` of a tensor as JSON text, flat and row-major. Exact: FP32 in the shortest decimals that round back, 64-bit integers in full.
 * Throws TENSOR_NEEDS_BINARY for FP16, BF16, NaN, infinities, and BYTES that are not UTF-8.
 */
export function tensorToJson(name: string, tensor: Tensor): string {
  switch (tensor.datatype) {
    case 'BYTES':
      return JSON.stringify(bytesElements(tensor).map((element, index) => checkedText(name, index, element)));
    case 'FP16':
    case 'BF16':
      throw needsBinary(name, `${tensor.datatype} has no JSON form`);
    case 'FP32':
      return writeFloats(name, toTypedArray(tensor) as Float32Array, shortestFloat32);
    case 'FP64':
      return writeFloats(name, toTypedArray(tensor) as Float64Array, (value) => value);
    case 'BOOL':
      return `[${Array.from(tensor.bytes, (byte) => byte !== 0).join(',')}]`;
    default:
      return `[${toTypedArray(tensor).toString()}]`;
  }
}

function checkedText(name: string, index: number, element: Uint8Array): string {
  const text = decodeUtf8(element);
  if (text === undefined) throw needsBinary(name, `BYTES element ${index} is not UTF-8`);
  return text;
}

function writeFloats(name: string, array: Float32Array | Float64Array, shortest: (value: number) => number): string {
  let text = '[';
  for (let index = 0; index < array.length; index++) {
    const value = array[index] ?? 0;
    if (!Number.isFinite(value)) throw needsBinary(name, `element ${index} is ${value}, which JSON cannot carry`);
    if (index > 0) text += ',';
    // `String(-0)` is "0", which would lose the sign.
    text += value === 0 && 1 / value < 0 ? '-0.0' : String(shortest(value));
  }
  return `${text}]`;
}
