import { bytesElements, bytesTensor, DATATYPES, elementCount, fromTypedArray, toTypedArray } from '#common/inference';
import type { Datatype, NamedTensors, Tensor, TensorArray } from '#common/inference';
import type { ExecuteOutputs } from './stage-executor.port.ts';

export type TensorData = TensorArray | readonly (Uint8Array | string)[];

/** A tensor as functions and models see it: elements in the array of its datatype (`data.length` = product of the shape), BYTES as an array. */
export interface TypedTensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export type TypedTensors = Readonly<Record<string, TypedTensor>>;
/** By output name; a list output is an array. */
export type TypedOutputs = Readonly<Record<string, TypedTensor | readonly TypedTensor[]>>;

/** The arrays that may hold each datatype's elements, the one to recommend first. BF16 has no array of its own and shows its 16 bits. */
const ARRAYS: Readonly<Record<Datatype, readonly string[]>> = {
  BOOL: ['Uint8Array'],
  UINT8: ['Uint8Array', 'Uint8ClampedArray'],
  UINT16: ['Uint16Array'],
  UINT32: ['Uint32Array'],
  UINT64: ['BigUint64Array'],
  INT8: ['Int8Array'],
  INT16: ['Int16Array'],
  INT32: ['Int32Array'],
  INT64: ['BigInt64Array'],
  FP16: ['Float16Array', 'Uint16Array'],
  BF16: ['Uint16Array'],
  FP32: ['Float32Array'],
  FP64: ['Float64Array'],
  BYTES: ['Array'],
};

/** The array that holds elements of a datatype, as messages name it. */
export function arrayName(datatype: Datatype): string {
  return datatype === 'BYTES' ? 'array of Uint8Array or string' : (ARRAYS[datatype][0] as string);
}

/** True when `data` is of the kind that holds the datatype. By name, because arrays may come from another realm. */
export function holds(datatype: Datatype, data: unknown): data is TensorData {
  if (!ARRAYS[datatype].includes(kindOf(data))) return false;
  return datatype !== 'BYTES' || (data as readonly unknown[]).every((element) => typeof element === 'string' || kindOf(element) === 'Uint8Array');
}

/** `Float32Array`, `Array`, `Object`, `undefined`: what a value is, for checks and messages. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

export function isNumeric(data: TensorData): data is TensorArray {
  return ArrayBuffer.isView(data);
}

/** A view of the tensor's own bytes; a copy only where they are not aligned to the element. BYTES elements are views too. */
export function toTyped(tensor: Tensor): TypedTensor {
  const { datatype } = tensor;
  return { datatype, shape: [...tensor.shape], data: datatype === 'BYTES' ? bytesElements(tensor) : toTypedArray(tensor) };
}

/** The tensor over the same memory; BYTES are put together anew. Data and datatype must fit (`declared-outputs.ts` checks what users give). */
function fromTyped({ datatype, shape, data }: TypedTensor): Tensor {
  if (datatype === 'BYTES') return bytesTensor(shape, data as readonly (Uint8Array | string)[]);
  return fromTypedArray(datatype, shape, data as TensorArray);
}

export function toTypedInputs(inputs: NamedTensors): TypedTensors {
  const typed: Record<string, TypedTensor> = {};
  for (const name in inputs) typed[name] = toTyped(inputs[name] as Tensor);
  return typed;
}

export function fromTypedOutputs(outputs: TypedOutputs): ExecuteOutputs {
  const tensors: Record<string, Tensor | readonly Tensor[]> = {};
  for (const [name, output] of Object.entries(outputs)) tensors[name] = isTyped(output) ? fromTyped(output) : output.map(fromTyped);
  return tensors;
}

/** Zeros (or empty BYTES elements) of a type; -1 dimensions count as 1. For warming a model up. */
export function zeros(datatype: Datatype, declared: readonly number[]): TypedTensor {
  const shape = declared.map((dim) => (dim === -1 ? 1 : dim));
  const count = elementCount(shape);
  if (datatype === 'BYTES') return { datatype, shape, data: Array.from({ length: count }, () => '') };
  return toTyped({ datatype, shape, bytes: new Uint8Array(count * DATATYPES[datatype]) });
}

function isTyped(output: TypedTensor | readonly TypedTensor[]): output is TypedTensor {
  return 'datatype' in output;
}
