import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyTensor } from '../../../../test/support/arbitrary-tensors.ts';
import { mutationsOf } from '../../../../test/support/arbitrary-messages.ts';
import { runsOrRefuses, thrownBy } from '../../../../test/support/thrown.ts';
import type { InferRequest } from './infer.ts';
import { parseInferRequest, writeInferRequest } from './oip-request.ts';
import { bytesElements, bytesTensor } from './tensor-raw.ts';
import { fromTypedArray, toTypedArray } from './typed-array.ts';
import { encodeUtf8 } from './utf8.ts';

const json = (value: unknown): Uint8Array => encodeUtf8(typeof value === 'string' ? value : JSON.stringify(value));
const parse = (value: unknown): InferRequest => parseInferRequest(json(value), undefined);
const x = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] };

/** JSON and binary data behind it, as a client sends them. */
function binary(value: unknown, ...data: number[]): { body: Uint8Array; headerLength: number } {
  const head = json(value);
  return { body: Uint8Array.of(...head, ...data), headerLength: head.length };
}

function elements(request: InferRequest, name: string): unknown[] {
  const tensor = request.inputs[name];
  if (tensor === undefined) throw new Error(`no input ${name}`);
  return Array.from((tensor.datatype === 'BYTES' ? bytesElements(tensor) : toTypedArray(tensor)) as Iterable<unknown>);
}

describe('an infer request as JSON', () => {
  it('is its tensors, and nothing is made up for what is absent (J5, J6)', () => {
    expect(parse({ model_name: 'm', more: { x: 1 }, inputs: [x] })).toEqual({ parameters: {}, inputs: { x: fromTypedArray('FP32', [1, 2], Float32Array.of(1, 2)) } });
  });

  it('takes null for every optional member as absent', () => {
    expect(Object.keys(parse({ id: null, parameters: null, outputs: null, inputs: [{ ...x, parameters: null }] }))).toEqual(['parameters', 'inputs']);
  });

  it('keeps the id and the parameters, unknown ones and objects included, without nulls (J5, J8)', () => {
    const request = parse({ id: '', parameters: { timeout: 5, content_type: 'np', headers: { a: 'b' }, flag: true, none: null }, inputs: [x] });
    expect(request.id).toBe('');
    expect(request.parameters).toEqual({ timeout: 5, content_type: 'np', headers: { a: 'b' }, flag: true });
  });

  it('takes data nested or flat (J9)', () => {
    expect(elements(parse({ inputs: [{ ...x, data: [[1, 2]] }] }), 'x')).toEqual([1, 2]);
  });

  it('reads 64-bit integers past 2^53 exactly (J14)', () => {
    const body = '{"inputs":[{"name":"n","datatype":"INT64","shape":[3],"data":[9223372036854775807, -9007199254740993,\n1]},{"name":"f","datatype":"FP64","shape":[1],"data":[9007199254740993]}]}';
    expect(elements(parse(body), 'n')).toEqual([9223372036854775807n, -9007199254740993n, 1n]);
    expect(elements(parse(body), 'f')).toEqual([9007199254740992]);
  });

  it('reads parameters past 2^53 exactly, at any depth', () => {
    const body = `{"parameters":{"seed":18446744073709551615,"deep":{"list":[9007199254740993]}},"inputs":[${JSON.stringify(x)}]}`;
    expect(parse(body).parameters).toEqual({ seed: 18446744073709551615n, deep: { list: [9007199254740993n] } });
  });

  it('says which outputs are wanted, in order, and in which form (J10, B4)', () => {
    const request = parse({ inputs: [x], parameters: { binary_data_output: true }, outputs: [{ name: 'b', parameters: { binary_data: false } }, { name: 'a' }] });
    expect(request).toMatchObject({ binaryOutput: true, outputs: [{ name: 'b', binary: false }, { name: 'a' }], parameters: {} });
  });

  it('wants all outputs when its list of them is empty', () => {
    expect(parse({ inputs: [x], outputs: [] }).outputs).toBeUndefined();
  });

  it.each([
    ['MALFORMED_BODY', '', 'the body is empty. Send {"inputs": [...]}.'],
    ['MALFORMED_BODY', '[]', 'the body is an array, not an object. Send {"inputs": [...]}.'],
    ['MALFORMED_BODY', '{"inputs":[{"data":[NaN]}]}', 'NaN is not JSON. Send tensors with such values as binary data (binary_data_size, header Inference-Header-Content-Length).'],
    ['MALFORMED_BODY', {}, '"inputs" is missing. Send an array of tensors.'],
    ['MALFORMED_BODY', { inputs: [7] }, 'inputs[0] is a number. Send {"name", "datatype", "shape", "data"}.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, name: undefined }] }, 'inputs[0] has no "name".'],
    ['MALFORMED_BODY', { inputs: [x, x] }, 'tensor "x" is there twice.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, name: '__proto__' }] }, 'inputs[0] has the name "__proto__", which is not allowed.'],
    ['MALFORMED_BODY', '{"inputs":[],"parameters":{"a":{"__proto__":{"b":1}}}}', 'the parameter "__proto__" is not allowed.'],
    ['MALFORMED_BODY', { id: 7, inputs: [x] }, '"id" is a number. Send a string.'],
    ['MALFORMED_BODY', { inputs: [x], outputs: [{ name: 'a' }, { name: 'a' }] }, 'output "a" is asked for twice.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, data: undefined }] }, 'tensor "x": "data" is missing. Send an array; binary data needs the header Inference-Header-Content-Length.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, data: undefined, parameters: { binary_data_size: 8 } }] }, 'tensor "x": "binary_data_size" is set, but the header Inference-Header-Content-Length is missing.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, shape: 2 }] }, 'tensor "x": "shape" is a number. Send an array of numbers.'],
    ['MALFORMED_BODY', { inputs: [{ ...x, shape: [1, '2'] }] }, 'tensor "x": "shape" has a string in dimension 1. Send numbers.'],
    ['TENSOR_SHAPE_MISMATCH', { inputs: [{ ...x, shape: [-1, 2] }] }, 'tensor "x": shape [-1, 2] has the dimension -1. Send the real size, a whole number of at least 0.'],
    ['TENSOR_SHAPE_MISMATCH', { inputs: [{ ...x, shape: [3] }] }, 'tensor "x": FP32 [3] has 3 elements, got 2 in "data".'],
    ['TENSOR_DATATYPE_MISMATCH', { inputs: [{ ...x, datatype: 'fp23' }] }, 'tensor "x": there is no datatype "fp23". Did you mean "FP32"?'],
    ['TENSOR_NEEDS_BINARY', { inputs: [{ ...x, datatype: 'FP16' }] }, 'tensor "x": FP16 has no JSON form. Use binary data: "binary_data_size" to send it, "binary_data": true to receive it.'],
    ['PARAMETER_INVALID', { inputs: [x], parameters: { binary_data_output: 1 } }, 'the parameter "binary_data_output" is a number. Send true or false.'],
    ['PARAMETER_INVALID', { inputs: [x], outputs: [{ name: 'a', parameters: { binary_data: 'yes' } }] }, 'the parameter "binary_data" is a string. Send true or false.'],
  ])('is refused as %s: %j', (code, body, message) => {
    const error = thrownBy(() => parse(body));
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it('cannot change a prototype through its keys', () => {
    const request = parse('{"inputs":[],"__proto__":{"polluted":1}}');
    expect([(request as unknown as { polluted?: 1 }).polluted, ({} as { polluted?: 1 }).polluted]).toEqual([undefined, undefined]);
  });
});

describe('an infer request with binary data', () => {
  const size = (bytes: number) => ({ parameters: { binary_data_size: bytes } });

  it('has its bytes behind the JSON, in the order of the inputs, mixed with JSON tensors (B1, B2)', () => {
    const { body, headerLength } = binary(
      { inputs: [{ name: 'b', datatype: 'INT8', shape: [2], ...size(2) }, x, { name: 'a', datatype: 'BYTES', shape: [1], ...size(6) }] },
      1, 255, 2, 0, 0, 0, 0xff, 0xfe,
    );
    const request = parseInferRequest(body, headerLength);
    expect(elements(request, 'b')).toEqual([1, -1]);
    expect(elements(request, 'x')).toEqual([1, 2]);
    expect(elements(request, 'a')).toEqual([Uint8Array.of(0xff, 0xfe)]);
  });

  it('is not copied, and its views are plain ones even of a Node Buffer', () => {
    const { body, headerLength } = binary({ inputs: [{ name: 'b', datatype: 'INT8', shape: [2], ...size(2) }] }, 1, 2);
    const buffer = Buffer.from(body);
    const tensor = parseInferRequest(buffer, headerLength).inputs['b'];
    expect(tensor?.bytes.buffer).toBe(buffer.buffer);
    expect(tensor?.bytes.constructor).toBe(Uint8Array);
  });

  it('may have empty tensors, with data null or without (B8)', () => {
    for (const data of [{}, { data: null }]) {
      const { body, headerLength } = binary({ inputs: [{ name: 'e', datatype: 'FP32', shape: [0, 4], ...size(0), ...data }] });
      expect(headerLength).toBe(body.length);
      expect(parseInferRequest(body, headerLength).inputs['e']).toEqual({ datatype: 'FP32', shape: [0, 4], bytes: new Uint8Array(0) });
    }
  });

  it.each([
    ['TENSOR_DATA_INVALID', 'says more bytes than follow', [{ name: 'b', datatype: 'INT8', shape: [4], ...size(4) }], 'tensor "b": "binary_data_size" is 4, but only 3 bytes are left in the body.'],
    ['TENSOR_DATA_INVALID', 'leaves bytes over', [{ name: 'b', datatype: 'INT8', shape: [1], ...size(1) }], '2 bytes are left after tensor "b", the last with "binary_data_size". Make the sizes add up to the body.'],
    ['MALFORMED_BODY', 'has bytes that no tensor claims', [x], '3 bytes follow the JSON, but no tensor has "binary_data_size".'],
    ['TENSOR_SHAPE_MISMATCH', 'has a size that is not the shape\'s', [{ name: 'b', datatype: 'FP32', shape: [1], ...size(3) }], 'tensor "b": FP32 [1] takes 4 bytes, got 3.'],
    ['TENSOR_DATA_INVALID', 'has prefixes that do not add up', [{ name: 'b', datatype: 'BYTES', shape: [1], ...size(3) }], 'tensor "b": BYTES element 0 of 1 ends past the tensor\'s 3 bytes. Send a 4-byte little-endian length before each element.'],
    ['MALFORMED_BODY', 'has both forms at once', [{ ...x, ...size(3) }], 'tensor "x": "data" and "binary_data_size" are both there. Send one.'],
    ['MALFORMED_BODY', 'has neither form', [{ ...x, data: undefined }], 'tensor "x": "data" is missing. Send "data", or parameters.binary_data_size with the bytes after the JSON.'],
    ['MALFORMED_BODY', 'has a size that is none', [{ name: 'b', datatype: 'INT8', shape: [3], ...size(-1) }], 'tensor "b": "binary_data_size" is not a number of bytes.'],
  ])('is refused as %s when it %s (B9)', (code, _title, inputs, message) => {
    const { body, headerLength } = binary({ inputs }, 9, 9, 9);
    const error = thrownBy(() => parseInferRequest(body, headerLength));
    expect([error.code, error.message]).toEqual([code, message]);
  });

  it.each([[-1], [1.5], [NaN], [10_000]])('is refused when the header says %d', (headerLength) => {
    expect(thrownBy(() => parseInferRequest(json({ inputs: [x] }), headerLength)).message).toContain('Inference-Header-Content-Length is');
  });
});

describe('an infer request that is one bare tensor (B3)', () => {
  it.each([
    ['one row', 'FP32', [-1, 2], 8, [1, 2]],
    ['as many rows as fit', 'FP32', [-1, 2], 24, [3, 2]],
    ['a batch of one, and the rest follows', 'INT8', [-1, -1, 2], 6, [1, 3, 2]],
    ['a fixed shape', 'INT8', [2, 3], 6, [2, 3]],
    ['nothing', 'INT8', [-1, 2], 0, [0, 2]],
  ] as const)('is %s', (_title, datatype, shape, size, expected) => {
    const request = parseInferRequest(new Uint8Array(size), 0, { name: 'raw', datatype, shape });
    expect(request).toEqual({ parameters: {}, inputs: { raw: { datatype, shape: expected, bytes: new Uint8Array(size) } }, binaryOutput: true });
  });

  it('is one element for BYTES, without a prefix', () => {
    const request = parseInferRequest(Uint8Array.of(0x89, 0x50), 0, { name: 'image', datatype: 'BYTES', shape: [-1] });
    expect(request.inputs['image']).toEqual(bytesTensor([1], [Uint8Array.of(0x89, 0x50)]));
  });

  it.each([
    ['MALFORMED_BODY', undefined, 'but the model has several inputs'],
    ['MALFORMED_BODY', { name: 'raw', datatype: 'INT8', shape: [2, -1, -1] }, 'whose shape does not follow from the size'],
    ['MALFORMED_BODY', { name: 'raw', datatype: 'BYTES', shape: [2] }, 'whose shape does not follow from the size'],
    ['TENSOR_SHAPE_MISMATCH', { name: 'raw', datatype: 'FP32', shape: [-1, 2] }, 'FP32 [0, 2] takes 0 bytes, got 5'],
  ] as const)('is refused as %s for %j', (code, spec, message) => {
    const error = thrownBy(() => parseInferRequest(new Uint8Array(5), 0, spec));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });
});

describe('a request a client writes', () => {
  const parameters = fc.dictionary(fc.string().filter((key) => key !== '__proto__' && key !== 'binary_data_output'), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n })), { maxKeys: 2, noNullPrototype: true });
  const names = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
  const request: fc.Arbitrary<InferRequest> = fc.record(
    {
      id: fc.string(),
      parameters,
      inputs: fc.dictionary(names, anyTensor(), { maxKeys: 3, noNullPrototype: true }),
      outputs: fc.uniqueArray(fc.record({ name: names, binary: fc.boolean() }, { requiredKeys: ['name'], noNullPrototype: true }), { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
      binaryOutput: fc.boolean(),
    },
    { requiredKeys: ['parameters', 'inputs'], noNullPrototype: true },
  );

  it('is read as it was written, in binary form', () => {
    fc.assert(
      fc.property(request, (written) => {
        const { body, headerLength } = writeInferRequest(written, 'binary');
        expect(parseInferRequest(body, headerLength)).toEqual(written);
      }),
    );
  });

  it('is read as it was written, in JSON form where that can carry it', () => {
    fc.assert(
      fc.property(request, (written) => {
        let encoded;
        try {
          encoded = writeInferRequest(written, 'json');
        } catch (error) {
          expect(error).toMatchObject({ code: 'TENSOR_NEEDS_BINARY' });
          return;
        }
        expect(encoded.headerLength).toBeUndefined();
        expect(parseInferRequest(encoded.body, undefined)).toEqual(written);
      }),
    );
  });

  it('is read or refused when bytes of it change on the way', () => {
    const mutated = request.chain((written) => {
      const { body, headerLength } = writeInferRequest(written, 'binary');
      return fc.tuple(mutationsOf(body), fc.constantFrom(headerLength, undefined, 0, (headerLength ?? 0) + 1));
    });
    const spec = { name: 'raw', datatype: 'FP32', shape: [-1, 2] } as const;
    fc.assert(fc.property(mutated, ([body, headerLength]) => runsOrRefuses(() => parseInferRequest(body, headerLength, spec))), { numRuns: 1000 });
  });

  it('is read or refused whatever JSON it is', () => {
    const input = fc.record({ name: fc.jsonValue(), datatype: fc.constantFrom('FP32', 'INT64', 'BYTES', 'BOOL', 'x', 1), shape: fc.jsonValue(), data: fc.jsonValue(), parameters: fc.jsonValue() }, { requiredKeys: [] });
    const body = fc.record({ inputs: fc.oneof(fc.array(input), fc.jsonValue()), outputs: fc.jsonValue(), parameters: fc.jsonValue(), id: fc.jsonValue() }, { requiredKeys: [] });
    fc.assert(fc.property(body, (value) => runsOrRefuses(() => parse(value))), { numRuns: 1000 });
    fc.assert(fc.property(fc.uint8Array(), fc.option(fc.nat(30), { nil: undefined }), (bytes, length) => runsOrRefuses(() => parseInferRequest(bytes, length))));
  });
});
