import type { NamedTensors, TensorSpec } from './tensor.ts';

/** Open Inference Protocol parameters: passed on as they came. Integers beyond 2^53 arrive as bigint. */
export type ParameterValue = string | number | bigint | boolean | { readonly [key: string]: unknown } | readonly unknown[];
export type Parameters = Readonly<Record<string, ParameterValue>>;

/** One output the caller asked for; `binary` undefined = whatever the request says as a whole. */
export interface RequestedOutput {
  readonly name: string;
  readonly binary?: boolean;
}

/** A parsed infer call, independent of REST or gRPC. */
export interface InferRequest {
  /** The client's label; echoed, never identity. */
  readonly id?: string;
  readonly parameters: Parameters;
  readonly inputs: NamedTensors;
  /** In the caller's order; absent = all outputs in the pipeline's order. */
  readonly outputs?: readonly RequestedOutput[];
  /** The request's `binary_data_output`. */
  readonly binaryOutput?: boolean;
}

/** What a pipeline answers: its outputs in its own order. */
export interface InferResponse {
  readonly pipeline: string;
  readonly version: string;
  readonly id?: string;
  readonly parameters?: Parameters;
  readonly outputs: NamedTensors;
}

/** A pipeline or a stage's model seen from outside. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}
