import { AppError } from '../errors/index.ts';
import type { InferRequest, RequestedOutput } from './infer.ts';
import { checkTensorBytes } from './check.ts';
import { isJsonObject, writeJson } from './json-value.ts';
import type { JsonObject } from './json-value.ts';
import { booleanParameter, checkedName, kindOf, optionalArray, optionalObject, optionalText, parseOipBody, readParameters, viewOf } from './oip-body.ts';
import type { EncodedBody } from './oip-body.ts';
import { jsonMember, readTensors, writeTensors } from './oip-tensors.ts';
import { DATATYPES, elementCount, formatTensorType } from './tensor.ts';
import type { Tensor, TensorSpec } from './tensor.ts';
import { bytesTensor } from './tensor-raw.ts';
import { quoteName } from './utf8.ts';

const BINARY_OUTPUT = 'binary_data_output';

/**
 * Parses an infer request (protocol rows J and B; what decides between JSON and binary is the header, never the media type).
 * `headerLength` is Inference-Header-Content-Length, undefined = none. A length of 0 means that the whole body is the one input of the model:
 * that input's declaration is `rawInput`, undefined where the model has several.
 * The tensors are whole (`checkTensorBytes`), binary ones are views of `body`. Whether the model wants them is for `checkTensors` to say.
 * Throws MALFORMED_BODY, PARAMETER_INVALID or a TENSOR_* error.
 */
export function parseInferRequest(body: Uint8Array, headerLength: number | undefined, rawInput?: TensorSpec): InferRequest {
  if (headerLength === 0) return parseRawRequest(body, rawInput);
  const parts = parseOipBody(body, headerLength, 'inputs');
  const parameters = readParameters(parts.json);
  const binaryOutput = booleanParameter(parameters, BINARY_OUTPUT);
  // Translated, so not a parameter of the pipeline any more.
  delete parameters[BINARY_OUTPUT];
  const id = optionalText(parts.json, 'id');
  const outputs = readRequestedOutputs(parts.json);
  return {
    ...(id === undefined ? {} : { id }),
    parameters,
    inputs: readTensors(parts, 'inputs'),
    ...(outputs === undefined ? {} : { outputs }),
    ...(binaryOutput === undefined ? {} : { binaryOutput }),
  };
}

function readRequestedOutputs(json: JsonObject): RequestedOutput[] | undefined {
  const items = optionalArray(json, 'outputs');
  // An empty list asks for nothing in particular: tritonclient sends none, others send [].
  if (items === undefined || items.length === 0) return undefined;
  const seen = new Set<string>();
  return items.map((item, index) => {
    const output = readRequestedOutput(item, `outputs[${index}]`);
    if (seen.has(output.name)) throw new AppError('MALFORMED_BODY', `output ${quoteName(output.name)} is asked for twice.`);
    seen.add(output.name);
    return output;
  });
}

function readRequestedOutput(item: unknown, where: string): RequestedOutput {
  if (!isJsonObject(item)) throw new AppError('MALFORMED_BODY', `${where} is ${kindOf(item)}. Send {"name"}.`);
  const binary = booleanParameter(optionalObject(item, 'parameters') ?? {}, 'binary_data');
  return { name: checkedName(item, where), ...(binary === undefined ? {} : { binary }) };
}

function parseRawRequest(body: Uint8Array, rawInput: TensorSpec | undefined): InferRequest {
  if (rawInput === undefined) {
    const why = 'Inference-Header-Content-Length is 0, which sends the only input as the bare body, but the model has several inputs';
    throw new AppError('MALFORMED_BODY', `${why}. Send the JSON in front of the tensors.`);
  }
  const tensor = rawTensor(rawInput, body);
  checkTensorBytes(rawInput.name, tensor);
  return { parameters: {}, inputs: { [rawInput.name]: tensor }, binaryOutput: true };
}

// BYTES: the body is one element without its length prefix, as Triton has it. Other datatypes: the one open dimension follows from the size.
function rawTensor(spec: TensorSpec, body: Uint8Array): Tensor {
  const open = spec.shape.filter((dim) => dim === -1).length;
  if (spec.datatype === 'BYTES') {
    const shape = spec.shape.map((dim) => (dim === -1 ? 1 : dim));
    if (elementCount(shape) !== 1) throw notRaw(spec);
    return bytesTensor(shape, [body]);
  }
  // With several open dimensions the first is the batch, which is 1 here.
  const fixed = open > 1 && spec.shape[0] === -1 ? [1, ...spec.shape.slice(1)] : spec.shape;
  if (fixed.filter((dim) => dim === -1).length > 1) throw notRaw(spec);
  const rest = elementCount(fixed.map((dim) => (dim === -1 ? 1 : dim))) * DATATYPES[spec.datatype];
  const openSize = rest === 0 ? 0 : Math.floor(body.length / rest);
  return { datatype: spec.datatype, shape: fixed.map((dim) => (dim === -1 ? openSize : dim)), bytes: viewOf(body, 0, body.length) };
}

function notRaw(spec: TensorSpec): AppError {
  const why = `input ${quoteName(spec.name)} is ${formatTensorType(spec)}, whose shape does not follow from the size of a bare body`;
  return new AppError('MALFORMED_BODY', `${why}. Send the JSON in front of the tensor.`);
}

/** Writes an infer request for a client: all inputs as JSON, or all as binary data. Throws TENSOR_NEEDS_BINARY where JSON cannot carry one. */
export function writeInferRequest(request: InferRequest, form: 'json' | 'binary'): EncodedBody {
  const { binaryOutput } = request;
  const parameters = { ...request.parameters, ...(binaryOutput === undefined ? {} : { [BINARY_OUTPUT]: binaryOutput }) };
  const head = jsonMember('id', request.id) + (Object.keys(parameters).length === 0 ? '' : jsonMember('parameters', parameters));
  const tensors = Object.entries(request.inputs).map(([name, tensor]) => ({ name, tensor, form }));
  const tail = request.outputs === undefined ? '' : `,"outputs":${writeJson(request.outputs.map(requestedOutputJson))}`;
  return writeTensors(head, 'inputs', tensors, tail);
}

function requestedOutputJson({ name, binary }: RequestedOutput): JsonObject {
  return binary === undefined ? { name } : { name, parameters: { binary_data: binary } };
}
