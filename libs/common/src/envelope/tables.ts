import { AppError } from '../errors/index.ts';
import { DATATYPES, elementCount, formatTensorType } from '../inference/index.ts';
import type { Datatype, Tensor } from '../inference/index.ts';
import { isByReference } from './envelope.ts';
import type { PartTensor, StageTiming, TensorByReference } from './envelope.ts';
import { invalidMessage } from './message-reader.ts';
import type { MessageReader, StringBlock } from './message-reader.ts';
import { alignTo8, utf8Length } from './message-writer.ts';
import type { MessageWriter } from './message-writer.ts';

// The two tables that envelopes and outcomes share; the grammar is in codec.ts.

/** A datatype travels as its place in this list: append only. */
const WIRE_DATATYPES: readonly Datatype[] = [
  'BOOL', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'BF16', 'FP32', 'FP64', 'BYTES',
];
const WIRE_CODES: ReadonlyMap<Datatype, number> = new Map(WIRE_DATATYPES.map((datatype, code) => [datatype, code]));

const INLINE = 0;
const BY_REFERENCE = 1;

/** `rank` is a u16. */
const MAX_RANK = 0xffff;

const TIMING_SIZE = 48;
const TENSOR_SIZE = 32;
const DIMENSION_SIZE = 8;

/** Sizes of what the tables put into the fixed-width part and into the string block. */
export interface TableSizes {
  readonly fixed: number;
  readonly strings: number;
}

export function tableSizes(timings: readonly StageTiming[], tensors: readonly PartTensor[]): TableSizes {
  let fixed = timings.length * TIMING_SIZE + tensors.length * TENSOR_SIZE;
  let strings = 0;
  for (const timing of timings) strings += utf8Length(timing.stage);
  for (const { name, tensor } of tensors) {
    fixed += tensor.shape.length * DIMENSION_SIZE;
    strings += utf8Length(name);
    if (isByReference(tensor)) strings += utf8Length(tensor.ref.key) + utf8Length(tensor.ref.sha256);
  }
  return { fixed, strings };
}

/** Size of the whole message when its strings end at `stringsEnd`. */
export function sizeWithPayloads(stringsEnd: number, tensors: readonly PartTensor[]): number {
  let end = stringsEnd;
  for (const { tensor } of tensors) {
    if (!isByReference(tensor)) end = alignTo8(end) + tensor.bytes.length;
  }
  return end;
}

export function writeTimings(writer: MessageWriter, timings: readonly StageTiming[]): void {
  for (const timing of timings) {
    writer.integer(timing.attempt);
    writer.time(timing.queueMs);
    writer.time(timing.batchMs);
    writer.time(timing.computeMs);
    writer.integer(timing.batchRows);
    writer.string(timing.stage);
    writer.u32(0);
  }
}

export function writeTensorTable(writer: MessageWriter, tensors: readonly PartTensor[]): void {
  for (const part of tensors) {
    const { stage, name, tensor } = part;
    checkSize(part);
    const ref = isByReference(tensor) ? tensor.ref : undefined;
    writer.integer(stage);
    writer.integer(isByReference(tensor) ? tensor.ref.size : tensor.bytes.length);
    writer.u8(WIRE_CODES.get(tensor.datatype) ?? 0xff);
    writer.u8(ref === undefined ? INLINE : BY_REFERENCE);
    writer.u16(tensor.shape.length);
    writer.string(name);
    writer.string(ref?.key ?? '');
    writer.string(ref?.sha256 ?? '');
    for (const dim of tensor.shape) writer.integer(dim);
  }
}

// A message with a tensor that does not fit its shape could not be read by anyone: better that its maker learns of it.
function checkSize({ stage, name, tensor }: PartTensor): void {
  if (tensor.shape.length > MAX_RANK) throw new AppError('INTERNAL', `tensor "${name}" of stage ${stage} has ${tensor.shape.length} dimensions.`);
  if (isByReference(tensor) || fits(tensor, tensor.bytes.length)) return;
  throw new AppError('INTERNAL', `tensor "${name}" of stage ${stage} has ${tensor.bytes.length} bytes, which do not make ${formatTensorType(tensor)}.`);
}

function fits({ datatype, shape }: Pick<Tensor, 'datatype' | 'shape'>, size: number): boolean {
  return datatype === 'BYTES' || size === elementCount(shape) * DATATYPES[datatype];
}

/** Copies the inline tensors behind the strings. Call after everything else has been written. */
export function writePayloads(writer: MessageWriter, tensors: readonly PartTensor[]): void {
  let at = writer.payloadAt;
  for (const { tensor } of tensors) {
    if (isByReference(tensor)) continue;
    writer.bytes.set(tensor.bytes, at);
    at = alignTo8(at + tensor.bytes.length);
  }
}

interface TimingRow extends Omit<StageTiming, 'stage'> {
  readonly stageLength: number;
}

export function readTimings(reader: MessageReader, count: number): TimingRow[] {
  reader.need(count * TIMING_SIZE);
  const rows: TimingRow[] = [];
  for (let index = 0; index < count; index++) {
    const attempt = reader.integer('the attempt of a timing');
    const queueMs = reader.time('a queue time');
    const batchMs = reader.time('a batch time');
    const computeMs = reader.time('a compute time');
    const batchRows = reader.integer('the rows of a batch');
    const stageLength = reader.stringLength();
    reader.u32();
    rows.push({ attempt, queueMs, batchMs, computeMs, batchRows, stageLength });
  }
  return rows;
}

export function namedTimings(rows: readonly TimingRow[], strings: StringBlock): StageTiming[] {
  return rows.map(({ stageLength, ...times }) => ({ stage: strings.take(stageLength), ...times }));
}

interface TensorRow {
  readonly stage: number;
  readonly size: number;
  readonly datatype: Datatype;
  readonly byReference: boolean;
  readonly shape: readonly number[];
  readonly nameLength: number;
  readonly keyLength: number;
  readonly sha256Length: number;
}

export function readTensorTable(reader: MessageReader, count: number): TensorRow[] {
  reader.need(count * TENSOR_SIZE);
  const rows: TensorRow[] = [];
  for (let index = 0; index < count; index++) rows.push(readTensorRow(reader));
  return rows;
}

function readTensorRow(reader: MessageReader): TensorRow {
  const stage = reader.integer("a tensor's stage");
  const size = reader.integer("a tensor's size");
  const datatype = WIRE_DATATYPES[reader.u8()];
  const form = reader.u8();
  const rank = reader.u16();
  const [nameLength, keyLength, sha256Length] = [reader.stringLength(), reader.stringLength(), reader.stringLength()];
  if (datatype === undefined || form > BY_REFERENCE) throw invalidMessage('a tensor has an unknown datatype or form');
  const shape = readShape(reader, rank);
  // A tensor whose bytes are fewer than its shape says would be read past its end by whoever trusts the shape.
  const isWhole = form === BY_REFERENCE || fits({ datatype, shape }, size);
  if (size < 0 || !isWhole) throw invalidMessage(`${size} bytes do not make a tensor ${datatype} [${shape.join(', ')}]`);
  return { stage, size, datatype, byReference: form === BY_REFERENCE, shape, nameLength, keyLength, sha256Length };
}

function readShape(reader: MessageReader, rank: number): number[] {
  reader.need(rank * DIMENSION_SIZE);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const dim = reader.integer('a dimension');
    if (dim < 0) throw invalidMessage(`a dimension is ${dim}`);
    shape.push(dim);
  }
  return shape;
}

/** The tensors, inline ones as views of the message. The message must end where its last tensor does. */
export function namedTensors(bytes: Uint8Array, rows: readonly TensorRow[], strings: StringBlock): PartTensor[] {
  const texts = rows.map((row) => ({ row, name: strings.take(row.nameLength), key: strings.take(row.keyLength), sha256: strings.take(row.sha256Length) }));
  let end = strings.end;
  const tensors = texts.map(({ row, name, key, sha256 }): PartTensor => {
    const { stage, datatype, shape, size } = row;
    if (row.byReference) return { stage, name, tensor: { datatype, shape, ref: { key, sha256, size } } satisfies TensorByReference };
    const start = alignTo8(end);
    end = start + size;
    if (end > bytes.length) throw invalidMessage(`tensor ${JSON.stringify(name)} ends at ${end} of ${bytes.length} bytes`);
    return { stage, name, tensor: { datatype, shape, bytes: new Uint8Array(bytes.buffer, bytes.byteOffset + start, size) } };
  });
  if (end !== bytes.length) throw invalidMessage(`${bytes.length - end} bytes are left at the end`);
  return tensors;
}
