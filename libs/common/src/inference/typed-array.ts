import { AppError } from '../errors/index.ts';
import { DATATYPES, elementCount } from './tensor.ts';
import type { Datatype, Tensor } from './tensor.ts';

// Typed arrays have the byte order of the machine, raw tensors are little-endian: they are the same bytes on every machine that
// onnxruntime-node and this project run on (x64, arm64), so views need no conversion.

/** `Float16Array`, as far as it is used here; the es2023 library does not know it yet. */
export interface Float16ArrayLike extends ArrayBufferView {
  readonly BYTES_PER_ELEMENT: number;
  readonly length: number;
  readonly [Symbol.toStringTag]: string;
  [index: number]: number;
}

/** What the elements of a tensor look like to code: one class per datatype, FP16 the runtime's `Float16Array` where there is one. */
export type TensorArray =
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Float16ArrayLike;

export type FixedDatatype = Exclude<Datatype, 'BYTES'>;

type ArrayClass = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TensorArray;

const Float16 = (globalThis as { readonly Float16Array?: ArrayClass }).Float16Array;

const CLASSES: Readonly<Record<FixedDatatype, ArrayClass>> = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Float16 ?? Uint16Array,
  BF16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
};

/** Classes accepted besides the one of the table: same bits, another face. */
const ALSO: Readonly<Partial<Record<FixedDatatype, readonly string[]>>> = {
  UINT8: ['Uint8ClampedArray'],
  FP16: ['Uint16Array'],
};

/**
 * The elements as a typed array: a view of the tensor's bytes where they are aligned for it, else a copy. Treat it as read-only.
 * Throws TENSOR_DATATYPE_MISMATCH for BYTES (use `bytesElements`), TENSOR_DATA_INVALID when the bytes are not a whole number of elements.
 */
export function toTypedArray(tensor: Tensor): TensorArray {
  const { datatype, bytes } = tensor;
  if (datatype === 'BYTES') throw new AppError('TENSOR_DATATYPE_MISMATCH', 'a BYTES tensor has no typed array; read it with bytesElements.');
  const elementSize = DATATYPES[datatype];
  const length = bytes.length / elementSize;
  if (!Number.isInteger(length)) {
    throw new AppError('TENSOR_DATA_INVALID', `${bytes.length} bytes are not a whole number of ${datatype} elements of ${elementSize} bytes.`);
  }
  const aligned = bytes.byteOffset % elementSize === 0 ? bytes : bytes.slice();
  return new CLASSES[datatype](aligned.buffer, aligned.byteOffset, length);
}

/**
 * A tensor over the array's own memory, nothing copied: the caller no longer writes to it.
 * Throws TENSOR_DATATYPE_MISMATCH when the array's class is not the datatype's, TENSOR_SHAPE_MISMATCH when its length is not the shape's.
 */
export function fromTypedArray(datatype: FixedDatatype, shape: readonly number[], array: TensorArray): Tensor {
  const expected = CLASSES[datatype].name;
  const got = array[Symbol.toStringTag];
  if (got !== expected && ALSO[datatype]?.includes(got) !== true) {
    throw new AppError('TENSOR_DATATYPE_MISMATCH', `${datatype} needs a ${expected}, got a ${got}.`);
  }
  if (array.length !== elementCount(shape)) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `${datatype} [${shape.join(', ')}] has ${elementCount(shape)} elements, got ${array.length}.`);
  }
  return { datatype, shape, bytes: bytesOf(array) };
}

/** The array's memory as bytes, not copied. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
