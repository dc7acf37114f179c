import { AppError, nearestName } from '../errors/index.ts';
import type { InferRequest, InferResponse, ModelMetadata, RequestedOutput } from './infer.ts';
import { optionalText, parseOipBody, readParameters } from './oip-body.ts';
import type { EncodedBody } from './oip-body.ts';
import { jsonMember, readTensors, writeTensors } from './oip-tensors.ts';
import type { TensorToWrite } from './oip-tensors.ts';
import type { Tensor, TensorSpec } from './tensor.ts';
import { quoteName } from './utf8.ts';

/** What of a request decides over the form of its answer. */
export type AnswerForm = Pick<InferRequest, 'outputs' | 'binaryOutput'>;

/**
 * Writes the answer: only the outputs asked for, in the asked order; each binary when the request says so (per output, else as a whole).
 * Throws OUTPUT_UNKNOWN for one that is not there, TENSOR_NEEDS_BINARY where JSON cannot carry the values.
 */
export function writeInferResponse(response: InferResponse, request: AnswerForm): EncodedBody {
  const asked: readonly RequestedOutput[] = request.outputs ?? Object.keys(response.outputs).map((name) => ({ name }));
  const tensors = asked.map(({ name, binary }): TensorToWrite => {
    const tensor: Tensor | undefined = Object.hasOwn(response.outputs, name) ? response.outputs[name] : undefined;
    if (tensor === undefined) throw unknownOutput('the answer', name, Object.keys(response.outputs));
    return { name, tensor, form: (binary ?? request.binaryOutput) === true ? 'binary' : 'json' };
  });
  const { pipeline, version, id, parameters } = response;
  const head = jsonMember('model_name', pipeline) + jsonMember('model_version', version) + jsonMember('id', id) + jsonMember('parameters', parameters);
  return writeTensors(head, 'outputs', tensors);
}

/**
 * Checks before any work is done that every output asked for exists. `owner` begins the message, e.g. `pipeline "digits"`.
 * Throws OUTPUT_UNKNOWN.
 */
export function checkRequestedOutputs(owner: string, specs: readonly TensorSpec[], outputs: readonly RequestedOutput[] | undefined): void {
  for (const { name } of outputs ?? []) {
    if (!specs.some((spec) => spec.name === name)) throw unknownOutput(owner, name, specs.map((spec) => spec.name));
  }
}

function unknownOutput(owner: string, name: string, known: readonly string[]): AppError {
  const nearest = name.length > 64 ? undefined : nearestName(name, known);
  const hint = nearest === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return new AppError('OUTPUT_UNKNOWN', `${owner} has no output ${quoteName(name)}. ${hint}`);
}

/** Parses an answer, for clients. Binary tensors are views of `body`. Throws MALFORMED_BODY or a TENSOR_* error. */
export function parseInferResponse(body: Uint8Array, headerLength: number | undefined): InferResponse {
  const parts = parseOipBody(body, headerLength, 'outputs');
  const id = optionalText(parts.json, 'id');
  const parameters = readParameters(parts.json);
  return {
    pipeline: optionalText(parts.json, 'model_name') ?? '',
    version: optionalText(parts.json, 'model_version') ?? '',
    ...(id === undefined ? {} : { id }),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    outputs: readTensors(parts, 'outputs'),
  };
}

/** The protocol's metadata object. */
export interface MetadataJson {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

/** Metadata as the protocol shows it, ready for JSON: only its own members, whatever the specs carry besides. */
export function metadataJson(metadata: ModelMetadata): MetadataJson {
  const only = ({ name, datatype, shape }: TensorSpec): TensorSpec => ({ name, datatype, shape });
  const { name, versions, platform, inputs, outputs } = metadata;
  return { name, versions, platform, inputs: inputs.map(only), outputs: outputs.map(only) };
}
