export { DATATYPES, elementCount, formatTensorType, isDatatype, shapeMatches } from './tensor.ts';
export type { Datatype, NamedTensors, Tensor, TensorSpec } from './tensor.ts';
export type { InferRequest, InferResponse, ModelMetadata, Parameters, ParameterValue, RequestedOutput } from './infer.ts';
