import { Tensor as OrtTensor } from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';
import { AppError } from '#common/errors';
import type { Datatype } from '#common/inference';
import { isNumeric } from '../typed-tensor.ts';
import type { TypedTensor, TypedTensors } from '../typed-tensor.ts';

/** Every datatype ONNX Runtime's JavaScript side can hold; BF16 it cannot. */
const ORT_TYPES = {
  BOOL: 'bool',
  BYTES: 'string',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  INT8: 'int8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  UINT8: 'uint8',
} as const satisfies Partial<Record<Datatype, string>>;

type OrtDatatype = keyof typeof ORT_TYPES;

const DATATYPES = new Map<string, Datatype>(Object.entries(ORT_TYPES).map(([datatype, type]) => [type, datatype as OrtDatatype]));

export function isOrtDatatype(datatype: Datatype): datatype is OrtDatatype {
  return Object.hasOwn(ORT_TYPES, datatype);
}

/** A model's feeds over the tensors' own memory. ONNX strings are text: BYTES that are none are the caller's fault (INPUT_REJECTED). */
export function toFeeds(tensors: TypedTensors): InferenceSession.FeedsType {
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, tensor] of Object.entries(tensors)) feeds[name] = toOrt(name, tensor);
  return feeds;
}

/** What a model returned, in the arrays ONNX Runtime made. A sequence or map has no datatype here and fails the output check. */
export function fromOrt(value: OrtTensor): TypedTensor {
  return { datatype: DATATYPES.get(value.type) as Datatype, shape: value.dims, data: value.data as TypedTensor['data'] };
}

function toOrt(name: string, { datatype, shape, data }: TypedTensor): OrtTensor {
  if (!isOrtDatatype(datatype)) throw new AppError('STAGE_FAILED', `Input "${name}": ONNX Runtime takes no ${datatype}.`, { retryable: false });
  if (!isNumeric(data)) return new OrtTensor('string', data.map((element, index) => textOf(name, element, index)), shape);
  const tensor = new OrtTensor(ORT_TYPES[datatype], data as Float32Array, shape);
  return datatype === 'FP16' ? showingBits(tensor, data) : tensor;
}

/**
 * ONNX Runtime's JavaScript side turns 16-bit floats into a Float16Array, which its native side (1.30) takes for an empty array; the same
 * bits as integers it reads rightly.
 */
function showingBits(tensor: OrtTensor, { buffer, byteLength, byteOffset }: ArrayBufferView): OrtTensor {
  return Object.defineProperty(tensor, 'data', { value: new Uint16Array(buffer, byteOffset, byteLength / Uint16Array.BYTES_PER_ELEMENT) });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(name: string, element: Uint8Array | string, index: number): string {
  const text = typeof element === 'string' ? element : decoded(element);
  if (text === undefined) throw notText('NOT_UTF8', `Input "${name}", element ${index}: the model takes text, and these bytes are not UTF-8.`);
  // ONNX Runtime would cut the text there without a word.
  if (text.includes('\0')) throw notText('NUL_IN_TEXT', `Input "${name}", element ${index}: the model takes text, which cannot hold a NUL character.`);
  return text;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function notText(reason: string, message: string): AppError {
  return new AppError('INPUT_REJECTED', message, { reason });
}
