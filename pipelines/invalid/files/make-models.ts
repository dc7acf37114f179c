/** Writes the ONNX files of this folder, small enough to be read by eye: `node --conditions=source pipelines/invalid/files/make-models.ts`. */
import { writeFileSync } from 'node:fs';
import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;
type Part = (writer: Writer) => void;

const FLOAT = 1;
const STRING = 8;

/** A message with the given fields, as the content of field `number`. */
function message(number: number, ...parts: readonly Part[]): Part {
  return (writer) => {
    writer.uint32((number << 3) | 2).fork();
    for (const part of parts) part(writer);
    writer.ldelim();
  };
}

function integer(number: number, value: number): Part {
  return (writer) => writer.uint32(number << 3).int64(value);
}

function text(number: number, value: string): Part {
  return (writer) => writer.uint32((number << 3) | 2).string(value);
}

function shape(sizes: readonly (number | string)[]): Part {
  return message(2, ...sizes.map((size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size))));
}

function tensorType(elementType: number, sizes: readonly (number | string)[]): Part {
  return message(1, integer(1, elementType), shape(sizes));
}

/** A graph's input (field 11) or output (field 12). */
function value(field: 11 | 12, name: string, type: Part): Part {
  return message(field, text(1, name), message(2, type));
}

export function onnxModel(...graph: readonly Part[]): Uint8Array {
  const writer = protobuf.Writer.create();
  integer(1, 8)(writer);
  message(7, text(2, 'graph'), ...graph)(writer);
  return writer.finish();
}

const features = value(11, 'features', tensorType(FLOAT, ['rows', 4]));
const classes = value(12, 'probabilities', tensorType(FLOAT, ['rows', 3]));

export const MODELS: Readonly<Record<string, Uint8Array>> = {
  /** features FP32 [-1, 4] -> probabilities FP32 [-1, 3]. */
  'classes.onnx': onnxModel(features, classes),
  /** As it, with weights that lie in another file. */
  'external-data.onnx': onnxModel(message(5, integer(1, 4), integer(2, FLOAT), text(8, 'dense.weight'), integer(14, 1)), features, classes),
  /** One row at a time: features FP32 [1, 4] -> probabilities FP32 [1, 3]. */
  'one-row.onnx': onnxModel(value(11, 'features', tensorType(FLOAT, [1, 4])), value(12, 'probabilities', tensorType(FLOAT, [1, 3]))),
  /** As the first, with a mask beside the features. */
  'two-inputs.onnx': onnxModel(features, value(11, 'mask', tensorType(FLOAT, ['rows', 4])), classes),
  /** A sequence of maps, as scikit-learn's exporter makes unless it is told otherwise. */
  'sequence.onnx': onnxModel(features, value(12, 'output_probability', message(4, message(1, message(5, integer(1, STRING)))))),
};

if (import.meta.main) {
  for (const [name, bytes] of Object.entries(MODELS)) writeFileSync(new URL(name, import.meta.url), bytes);
}
