import fc from 'fast-check';
import { bytesTensor, DATATYPES } from '#common/inference';
import type { Datatype, Tensor } from '#common/inference';

/** Random tensors for property tests: whole ones (shape, datatype and bytes agree), empty and scalar ones included. */

type FixedDatatype = Exclude<Datatype, 'BYTES'>;

const ALL = Object.keys(DATATYPES) as Datatype[];

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function fixedTensor(datatype: FixedDatatype, shape: readonly number[]): fc.Arbitrary<Tensor> {
  const size = count(shape) * DATATYPES[datatype];
  const byte = fc.integer({ min: 0, max: datatype === 'BOOL' ? 1 : 255 });
  return fc.array(byte, { minLength: size, maxLength: size }).map((bytes) => ({ datatype, shape, bytes: Uint8Array.from(bytes) }));
}

/** A whole tensor of the datatype and shape, any bits. */
export function tensorOf(datatype: Datatype, shape: readonly number[]): fc.Arbitrary<Tensor> {
  if (datatype !== 'BYTES') return fixedTensor(datatype, shape);
  const elements = fc.array(fc.uint8Array({ maxLength: 6 }), { minLength: count(shape), maxLength: count(shape) });
  return elements.map((list) => bytesTensor(shape, list));
}

export function anyTensor(datatypes: readonly Datatype[] = ALL): fc.Arbitrary<Tensor> {
  return fc.tuple(fc.constantFrom(...datatypes), shapes).chain(([datatype, shape]) => tensorOf(datatype, shape));
}

/** Tensors that differ in the number of rows only, so that they can be stacked. */
export function stackableTensors(): fc.Arbitrary<Tensor[]> {
  const row = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 });
  const rowCounts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 });
  return fc.tuple(fc.constantFrom(...ALL), row, rowCounts).chain(([datatype, rest, rows]) => fc.tuple(...rows.map((n) => tensorOf(datatype, [n, ...rest]))));
}
