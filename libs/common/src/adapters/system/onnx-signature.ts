import protobuf from 'protobufjs/minimal.js';
import type { Datatype, TensorSpec } from '#common/inference';
import type { ModelSignature, PipelineRule } from '#common/pipeline';
import { ELEMENT_TYPES, EXTERNAL, ONNX } from './onnx-fields.ts';

type Reader = protobuf.Reader;

/** Why a model cannot be served, as the end of the sentence "the model ...". */
export class ModelFault extends Error {
  readonly rule: PipelineRule;

  constructor(rule: PipelineRule, fault: string) {
    super(fault);
    this.name = 'ModelFault';
    this.rule = rule;
  }
}

/**
 * What an ONNX model takes and makes, from its own bytes: graph inputs that are not initializers, and graph outputs; symbolic sizes are -1.
 * Reads the wire format and skips what it does not need, so that weights never become objects. Throws ModelFault.
 */
export function readOnnxSignature(bytes: Uint8Array): ModelSignature {
  let graph: Graph | undefined;
  try {
    graph = readModel(protobuf.Reader.create(bytes));
  } catch (error) {
    if (error instanceof ModelFault) throw error;
    throw new ModelFault('PIPELINE_MODEL_UNREADABLE', 'is not an ONNX file, or is cut off');
  }
  if (graph === undefined) throw new ModelFault('PIPELINE_MODEL_UNREADABLE', 'is not an ONNX file: it holds no graph');
  const { initializers } = graph;
  const inputs = graph.inputs.filter((input) => !initializers.has(input.name)).map((input) => tensorSpec(input, 'takes'));
  const outputs = graph.outputs.map((output) => tensorSpec(output, 'makes'));
  if (inputs.length === 0) throw new ModelFault('PIPELINE_MODEL_UNREADABLE', 'takes no inputs, so there is nothing to send it');
  if (outputs.length === 0) throw new ModelFault('PIPELINE_MODEL_UNREADABLE', 'makes no outputs');
  return { inputs, outputs };
}

interface Graph {
  readonly inputs: Value[];
  readonly outputs: Value[];
  readonly initializers: Set<string>;
}

/** A graph input or output as written; `kind` names what is no tensor. */
interface Value {
  name: string;
  kind: string;
  elementType: number;
  shape: number[] | undefined;
}

function readModel(reader: Reader): Graph | undefined {
  let graph: Graph | undefined;
  let version = 0;
  fields(reader, reader.len, {
    [ONNX.model.irVersion]: { integer: (value) => (version = value) },
    [ONNX.model.graph]: { message: (end) => (graph = readGraph(reader, end)) },
    [ONNX.model.functions]: { message: (end) => { readFunction(reader, end); } },
  });
  return version > 0 ? graph : undefined;
}

function readFunction(reader: Reader, end: number): void {
  fields(reader, end, { [ONNX.function.node]: { message: (nodeEnd) => { readNode(reader, nodeEnd); } } });
}

function readGraph(reader: Reader, end: number): Graph {
  const graph: Graph = { inputs: [], outputs: [], initializers: new Set() };
  fields(reader, end, {
    [ONNX.graph.node]: { message: (nodeEnd) => { readNode(reader, nodeEnd); } },
    [ONNX.graph.initializer]: { message: (tensorEnd) => graph.initializers.add(readTensor(reader, tensorEnd)) },
    [ONNX.graph.sparseInitializer]: { message: (sparseEnd) => graph.initializers.add(readSparseTensor(reader, sparseEnd)) },
    [ONNX.graph.input]: { message: (valueEnd) => graph.inputs.push(readValue(reader, valueEnd)) },
    [ONNX.graph.output]: { message: (valueEnd) => graph.outputs.push(readValue(reader, valueEnd)) },
  });
  return graph;
}

/** Only looks for weights kept elsewhere: constants and the bodies of loops and branches hold tensors too. */
function readNode(reader: Reader, end: number): void {
  fields(reader, end, { [ONNX.node.attribute]: { message: (attributeEnd) => { readAttribute(reader, attributeEnd); } } });
}

function readAttribute(reader: Reader, end: number): void {
  const tensor = { message: (tensorEnd: number) => readTensor(reader, tensorEnd) };
  const sparse = { message: (sparseEnd: number) => readSparseTensor(reader, sparseEnd) };
  const graph = { message: (graphEnd: number) => readGraph(reader, graphEnd) };
  const { attribute } = ONNX;
  fields(reader, end, {
    [attribute.tensor]: tensor,
    [attribute.tensors]: tensor,
    [attribute.graph]: graph,
    [attribute.graphs]: graph,
    [attribute.sparseTensor]: sparse,
    [attribute.sparseTensors]: sparse,
  });
}

/** The tensor's name; its data is skipped. */
function readTensor(reader: Reader, end: number): string {
  let name = '';
  let location = 0;
  fields(reader, end, {
    [ONNX.tensor.name]: { text: (text) => (name = text) },
    [ONNX.tensor.dataLocation]: { integer: (value) => (location = value) },
  });
  if (location === EXTERNAL) {
    throw new ModelFault('PIPELINE_MODEL_EXTERNAL_DATA', `keeps the weights "${name}" in another file. Save it as one file (onnx.save_model with save_as_external_data=False)`);
  }
  return name;
}

function readSparseTensor(reader: Reader, end: number): string {
  let name = '';
  fields(reader, end, {
    [ONNX.sparseTensor.values]: { message: (tensorEnd) => (name = readTensor(reader, tensorEnd)) },
    [ONNX.sparseTensor.indices]: { message: (tensorEnd) => readTensor(reader, tensorEnd) },
  });
  return name;
}

function readValue(reader: Reader, end: number): Value {
  const value: Value = { name: '', kind: 'something untyped', elementType: 0, shape: undefined };
  fields(reader, end, {
    [ONNX.valueInfo.name]: { text: (text) => (value.name = text) },
    [ONNX.valueInfo.type]: { message: (typeEnd) => { readType(reader, typeEnd, value); } },
  });
  return value;
}

function readType(reader: Reader, end: number, value: Value): void {
  const other = (kind: string): FieldHandler => ({
    message: (typeEnd) => {
      value.kind = kind;
      reader.pos = typeEnd;
    },
  });
  fields(reader, end, {
    [ONNX.type.tensor]: { message: (tensorEnd) => { readTensorType(reader, tensorEnd, value); } },
    [ONNX.type.sequence]: other('a sequence'),
    [ONNX.type.map]: other('a map'),
    [ONNX.type.sparseTensor]: other('a sparse tensor'),
    [ONNX.type.optional]: other('an optional value'),
  });
}

function readTensorType(reader: Reader, end: number, value: Value): void {
  value.kind = 'tensor';
  fields(reader, end, {
    [ONNX.tensorType.elementType]: { integer: (elementType) => (value.elementType = elementType) },
    [ONNX.tensorType.shape]: { message: (shapeEnd) => (value.shape = readShape(reader, shapeEnd)) },
  });
}

function readShape(reader: Reader, end: number): number[] {
  const shape: number[] = [];
  fields(reader, end, { [ONNX.shape.dimension]: { message: (dimensionEnd) => shape.push(readDimension(reader, dimensionEnd)) } });
  return shape;
}

/** A size, or -1 for one that has only a name or is not said. Some exporters write -1 themselves. */
function readDimension(reader: Reader, end: number): number {
  let size = -1;
  fields(reader, end, { [ONNX.dimension.value]: { integer: (value) => (size = Math.max(-1, value)) } });
  return size;
}

function tensorSpec({ name, kind, elementType, shape }: Value, verb: 'takes' | 'makes'): TensorSpec {
  const fault = (what: string): ModelFault => new ModelFault('PIPELINE_MODEL_TENSOR_TYPE', `${verb} "${name}" as ${what}`);
  if (kind !== 'tensor') throw fault(`${kind}; only tensors can be served. Export it with plain tensors (scikit-learn models: zipmap=False)`);
  const datatype = datatypeOf(elementType);
  if (datatype === undefined) throw fault(`a tensor of element type ${String(elementType)}, which the Open Inference Protocol does not have`);
  if (shape === undefined) throw fault('a tensor of unknown rank. Run onnx.shape_inference on it, or set its shape when exporting');
  return { name, datatype, shape };
}

function datatypeOf(elementType: number): Datatype | undefined {
  return Object.hasOwn(ELEMENT_TYPES, elementType) ? ELEMENT_TYPES[elementType as keyof typeof ELEMENT_TYPES] : undefined;
}

/** How a field is read: a nested message (told where it ends), a text, or a whole number. */
type FieldHandler = { readonly message: (end: number) => unknown } | { readonly text: (text: string) => unknown } | { readonly integer: (value: number) => unknown };

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Walks the fields of one message up to `end`; a field without a handler is skipped. Throws when the bytes are no such message. */
function fields(reader: Reader, end: number, handlers: Readonly<Record<number, FieldHandler>>): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const handler = handlers[tag >>> 3];
    if (handler === undefined) reader.skipType(tag & 7);
    else readField(reader, tag & 7, handler);
  }
  if (reader.pos !== end) throw new RangeError('a field reaches beyond its message');
}

function readField(reader: Reader, wireType: number, handler: FieldHandler): void {
  if (wireType !== ('integer' in handler ? VARINT : LENGTH_DELIMITED)) throw new RangeError(`unexpected wire type ${String(wireType)}`);
  if ('integer' in handler) handler.integer(toNumber(reader.int64()));
  else if ('text' in handler) handler.text(reader.string());
  else {
    const length = reader.uint32();
    const end = reader.pos + length;
    if (end > reader.len) throw new RangeError('a field reaches beyond the file');
    handler.message(end);
  }
}

/** protobufjs gives a Long where that package happens to be installed, else a number. */
function toNumber(value: { toString(): string }): number {
  return Number(value.toString());
}
