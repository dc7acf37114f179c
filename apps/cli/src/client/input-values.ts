import { readFile } from 'node:fs/promises';
import { AppError } from '#common/errors';
import { DATATYPES, bytesTensor, elementCount, parseInferRequest } from '#common/inference';
import type { NamedTensors, Tensor, TensorSpec } from '#common/inference';

/**
 * Reads `name=value` arguments into tensors of the declared types. `value` is `@file` (raw bytes for BYTES, JSON otherwise) or the text itself
 * (for BYTES) or JSON numbers. A -1 in the declared shape takes what the values need.
 */
export async function readInputs(specs: readonly TensorSpec[], values: readonly string[]): Promise<NamedTensors> {
  const inputs: Record<string, Tensor> = {};
  for (const argument of values) {
    const split = argument.indexOf('=');
    const name = argument.slice(0, split);
    const spec = specs.find((candidate) => candidate.name === name);
    if (split < 1 || spec === undefined) {
      const known = specs.map((candidate) => candidate.name).join(', ');
      throw new AppError('TENSOR_UNKNOWN', `Input "${argument}" is not of the form name=value with a name the pipeline has (${known}). Write for example ${specs[0]?.name ?? 'x'}=@file.`);
    }
    inputs[name] = await readInput(spec, argument.slice(split + 1));
  }
  return inputs;
}

async function readInput(spec: TensorSpec, value: string): Promise<Tensor> {
  const content = value.startsWith('@') ? await readContent(value.slice(1)) : Buffer.from(value);
  if (spec.datatype === 'BYTES') return bytesTensor([1], [content]);
  return tensorFromJsonText(spec, content.toString('utf8'));
}

async function readContent(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new AppError('PARAMETER_INVALID', `Cannot read the file "${path}": ${(cause as Error).message}.`, { cause });
  }
}

/** Numbers, flat or nested; the protocol's own parser turns them into a tensor, so that both sides agree on every value. */
function tensorFromJsonText(spec: TensorSpec, json: string): Tensor {
  const values = JSON.parse(json) as unknown;
  const count = Array.isArray(values) ? values.flat(Infinity).length : 1;
  const shape = fillShape(spec, count);
  const data = Array.isArray(values) ? json : `[${json}]`;
  const body = `{"inputs":[{"name":${JSON.stringify(spec.name)},"datatype":"${spec.datatype}","shape":[${shape.join(',')}],"data":${data}}]}`;
  const tensor = parseInferRequest(new TextEncoder().encode(body), undefined).inputs[spec.name];
  if (tensor === undefined) throw new AppError('INTERNAL', `Input "${spec.name}" vanished while it was parsed.`);
  return tensor;
}

/** The first -1 becomes what is left over; further ones become 1. */
export function fillShape(spec: TensorSpec, count: number): number[] {
  const known = spec.shape.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
  let free = known === 0 ? 0 : Math.floor(count / known);
  return spec.shape.map((dim) => {
    if (dim !== -1) return dim;
    const size = free;
    free = 1;
    return size;
  });
}

/** Zeros of the declared types for a load run: -1 becomes `rows` on the first axis and 1 elsewhere; BYTES get one empty string each. */
export function zeroInputs(specs: readonly TensorSpec[], rows: number): NamedTensors {
  return Object.fromEntries(specs.map((spec) => [spec.name, zeroTensor(spec, rows)]));
}

function zeroTensor(spec: TensorSpec, rows: number): Tensor {
  const shape = spec.shape.map((dim, axis) => (dim !== -1 ? dim : axis === 0 ? rows : 1));
  const count = elementCount(shape);
  if (spec.datatype === 'BYTES') return bytesTensor(shape, Array.from({ length: count }, () => ''));
  return { datatype: spec.datatype, shape, bytes: new Uint8Array(count * DATATYPES[spec.datatype]) };
}
