import { AppError } from '../errors/index.ts';
import { DATATYPES, elementCount, formatTensorType } from './tensor.ts';
import type { Tensor } from './tensor.ts';
import { bytesOffsets } from './tensor-raw.ts';

/**
 * Puts tensors under each other along dim 0. They must agree in datatype and in every other dimension; one alone is returned as it is.
 * One allocation, aligned to 8. Throws TENSOR_DATATYPE_MISMATCH or TENSOR_SHAPE_MISMATCH.
 */
export function concatRows(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new AppError('INTERNAL', 'there are no tensors to put together.');
  let rows = 0;
  let size = 0;
  for (const tensor of tensors) {
    checkStackable(first, tensor);
    rows += tensor.shape[0] ?? 0;
    size += tensor.bytes.length;
  }
  if (tensors.length === 1) return first;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const tensor of tensors) {
    bytes.set(tensor.bytes, at);
    at += tensor.bytes.length;
  }
  return { datatype: first.datatype, shape: [rows, ...first.shape.slice(1)], bytes };
}

function checkStackable(first: Tensor, tensor: Tensor): void {
  if (tensor.shape.length === 0) throw new AppError('TENSOR_SHAPE_MISMATCH', `a scalar ${tensor.datatype} has no rows. Give it a first dimension.`);
  if (tensor.datatype !== first.datatype) {
    throw new AppError('TENSOR_DATATYPE_MISMATCH', `${formatTensorType(tensor)} cannot be put under ${formatTensorType(first)}: datatypes differ.`);
  }
  const sameRow = tensor.shape.length === first.shape.length && tensor.shape.every((dim, axis) => axis === 0 || dim === first.shape[axis]);
  if (!sameRow) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `${formatTensorType(tensor)} cannot be put under ${formatTensorType(first)}: only the first dimension may differ.`);
  }
}

/**
 * The way back: cuts dim 0 into parts of the given sizes, which must add up to it. The parts are views, nothing is copied.
 * Throws TENSOR_SHAPE_MISMATCH when they do not add up.
 */
export function splitRows(tensor: Tensor, rowCounts: readonly number[]): Tensor[] {
  const rows = tensor.shape[0];
  const asked = rowCounts.reduce((sum, count) => sum + count, 0);
  if (rows !== asked) {
    throw new AppError('TENSOR_SHAPE_MISMATCH', `${formatTensorType(tensor)} was to be cut into ${asked} rows. Its first dimension must be ${asked}.`);
  }
  const offsetOf = rowOffsets(tensor);
  const rest = tensor.shape.slice(1);
  let row = 0;
  return rowCounts.map((count) => {
    const start = offsetOf(row);
    row += count;
    return { datatype: tensor.datatype, shape: [count, ...rest], bytes: tensor.bytes.subarray(start, offsetOf(row)) };
  });
}

/** Byte offset at which a row starts. */
function rowOffsets(tensor: Tensor): (row: number) => number {
  const perRow = elementCount(tensor.shape.slice(1));
  if (tensor.datatype !== 'BYTES') {
    const rowSize = perRow * DATATYPES[tensor.datatype];
    return (row) => row * rowSize;
  }
  const offsets = bytesOffsets(tensor);
  return (row) => offsets[row * perRow] ?? tensor.bytes.length;
}
