/** Open Inference Protocol datatypes and the bytes one element takes; 0 = variable (BYTES). */
export const DATATYPES = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  BF16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const;

export type Datatype = keyof typeof DATATYPES;

/**
 * A tensor as it travels and is stored. `bytes` is the protocol's raw form for every datatype: little-endian, row-major;
 * BOOL one byte each, BF16 the upper half of an FP32, BYTES a uint32 length before each element. One form everywhere keeps FP16
 * and 64-bit integers exact and lets binary tensors pass from socket to model without a conversion.
 */
export interface Tensor {
  readonly datatype: Datatype;
  /** Dimensions, outermost first; all >= 0. The product is the number of elements. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** What a tensor must look like; -1 in the shape = any size. */
export interface TensorSpec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

export type NamedTensors = Readonly<Record<string, Tensor>>;

export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(DATATYPES, name);
}

/** Number of elements of a shape; a scalar ([]) has one. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dim of shape) count *= dim;
  return count;
}

/** `FP32 [-1, 64]`, as error messages and metadata show it. */
export function formatTensorType(type: { readonly datatype: Datatype; readonly shape: readonly number[] }): string {
  return `${type.datatype} [${type.shape.join(', ')}]`;
}

/** True when every dimension is allowed by the declared shape (-1 allows any). */
export function shapeMatches(declared: readonly number[], actual: readonly number[]): boolean {
  return declared.length === actual.length && declared.every((dim, axis) => dim === -1 || dim === actual[axis]);
}
