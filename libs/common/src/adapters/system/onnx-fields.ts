/**
 * Field numbers of the ONNX format that a signature needs (onnx.proto3, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 * Everything else in a model, its weights above all, is skipped unread.
 */
export const ONNX = {
  model: { irVersion: 1, graph: 7, functions: 25 },
  function: { node: 7 },
  graph: { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 },
  node: { attribute: 5 },
  attribute: { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparseTensor: 22, sparseTensors: 23 },
  sparseTensor: { values: 1, indices: 2 },
  tensor: { name: 8, dataLocation: 14 },
  valueInfo: { name: 1, type: 2 },
  type: { tensor: 1, sequence: 4, map: 5, sparseTensor: 8, optional: 9 },
  tensorType: { elementType: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1 },
} as const;

/** `TensorProto.DataLocation.EXTERNAL`. */
export const EXTERNAL = 1;

/** `TensorProto.DataType` by number; what is absent has no datatype in the Open Inference Protocol. */
export const ELEMENT_TYPES = {
  1: 'FP32',
  2: 'UINT8',
  3: 'INT8',
  4: 'UINT16',
  5: 'INT16',
  6: 'INT32',
  7: 'INT64',
  8: 'BYTES',
  9: 'BOOL',
  10: 'FP16',
  11: 'FP64',
  12: 'UINT32',
  13: 'UINT64',
  16: 'BF16',
} as const;
