import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyTensor } from '../../../../test/support/arbitrary-tensors.ts';
import { thrownBy } from '../../../../test/support/thrown.ts';
import type { InferResponse } from './infer.ts';
import { checkRequestedOutputs, metadataJson, parseInferResponse, writeInferResponse } from './oip-response.ts';
import { bytesTensor } from './tensor-raw.ts';
import { fromTypedArray } from './typed-array.ts';
import { decodeUtf8 } from './utf8.ts';

const response: InferResponse = {
  pipeline: 'digits',
  version: '0123456789abcdef',
  outputs: {
    label: fromTypedArray('INT64', [2], BigInt64Array.of(7n, 2n ** 60n)),
    probability: fromTypedArray('FP32', [2], Float32Array.of(0.1, 1)),
    name: bytesTensor([1], ['sieben']),
  },
};
const nan: InferResponse = { ...response, outputs: { p: fromTypedArray('FP32', [1], Float32Array.of(NaN)) } };

describe('an answer', () => {
  it('is JSON with the model, all outputs in their order, and exact numbers (J7, J9, J14)', () => {
    const { body, headerLength } = writeInferResponse({ ...response, id: 'mine', parameters: { seed: 2n ** 63n } }, {});
    expect(headerLength).toBeUndefined();
    expect(decodeUtf8(body)).toBe(
      '{"model_name":"digits","model_version":"0123456789abcdef","id":"mine","parameters":{"seed":9223372036854775808},"outputs":[' +
        '{"name":"label","datatype":"INT64","shape":[2],"data":[7,1152921504606846976]},' +
        '{"name":"probability","datatype":"FP32","shape":[2],"data":[0.1,1]},' +
        '{"name":"name","datatype":"BYTES","shape":[1],"data":["sieben"]}]}',
    );
  });

  it('has no id when the request had none: never null (J5)', () => {
    expect(decodeUtf8(writeInferResponse(response, {}).body)).not.toContain('"id"');
  });

  it('has only the outputs asked for, in the asked order (J10)', () => {
    const { body } = writeInferResponse(response, { outputs: [{ name: 'name' }, { name: 'label' }] });
    expect(Object.keys(parseInferResponse(body, undefined).outputs)).toEqual(['name', 'label']);
  });

  it('has binary outputs behind the JSON, in order, with a size each and no data (B5, B6)', () => {
    const { body, headerLength } = writeInferResponse(response, { binaryOutput: true });
    const head = JSON.parse(decodeUtf8(body.subarray(0, headerLength)) ?? '') as unknown;
    expect(head).toEqual({
      model_name: 'digits',
      model_version: '0123456789abcdef',
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [2], parameters: { binary_data_size: 16 } },
        { name: 'probability', datatype: 'FP32', shape: [2], parameters: { binary_data_size: 8 } },
        { name: 'name', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 10 } },
      ],
    });
    expect(body.length).toBe((headerLength ?? 0) + 34);
    expect(parseInferResponse(body, headerLength)).toEqual(response);
  });

  it.each([
    [true, false, undefined],
    [false, true, 'binary'],
    [undefined, true, 'binary'],
    [true, undefined, 'binary'],
    [undefined, undefined, undefined],
  ])('follows the request (binary: %s) unless the output says otherwise (%s) (B4)', (binaryOutput, binary, form) => {
    const output = { name: 'label', ...(binary === undefined ? {} : { binary }) };
    const { headerLength } = writeInferResponse(response, { outputs: [output], ...(binaryOutput === undefined ? {} : { binaryOutput }) });
    expect(headerLength === undefined ? undefined : 'binary').toBe(form);
  });

  it('is an error that names the way out where JSON cannot carry a value, and fine in binary (J15)', () => {
    const error = thrownBy(() => writeInferResponse(nan, {}));
    expect([error.code, error.kind]).toEqual(['TENSOR_NEEDS_BINARY', 'user']);
    expect(error.message).toBe('tensor "p": element 0 is NaN, which JSON cannot carry. Use binary data: "binary_data_size" to send it, "binary_data": true to receive it.');
    const { body, headerLength } = writeInferResponse(nan, { binaryOutput: true });
    expect(parseInferResponse(body, headerLength)).toEqual(nan);
  });

  it('is refused for an output that is not there (J10)', () => {
    const error = thrownBy(() => writeInferResponse(response, { outputs: [{ name: 'labels' }] }));
    expect([error.code, error.message]).toEqual(['OUTPUT_UNKNOWN', 'the answer has no output "labels". Did you mean "label"?']);
    expect(thrownBy(() => writeInferResponse(response, { outputs: [{ name: 'toString' }] })).code).toBe('OUTPUT_UNKNOWN');
  });

  it('is read by a client as it was written, in both forms', () => {
    const names = fc.string({ minLength: 1 }).filter((name) => name !== '__proto__');
    const datatypes = ['BOOL', 'UINT8', 'INT64', 'UINT64', 'INT32'] as const;
    fc.assert(
      fc.property(fc.dictionary(names, anyTensor(datatypes), { noNullPrototype: true, maxKeys: 3 }), fc.boolean(), (outputs, binaryOutput) => {
        const written = { ...response, outputs };
        const { body, headerLength } = writeInferResponse(written, { binaryOutput });
        expect(parseInferResponse(body, headerLength)).toEqual(written);
      }),
    );
  });
});

describe('outputs asked for', () => {
  const specs = [{ name: 'label', datatype: 'INT64', shape: [-1] }] as const;

  it('pass when they exist, or when none are named', () => {
    expect(() => checkRequestedOutputs('pipeline "digits"', specs, [{ name: 'label' }])).not.toThrow();
    expect(() => checkRequestedOutputs('pipeline "digits"', specs, undefined)).not.toThrow();
  });

  it('are refused before any work when they do not', () => {
    const error = thrownBy(() => checkRequestedOutputs('pipeline "digits"', specs, [{ name: 'xyz' }]));
    expect([error.code, error.message]).toEqual(['OUTPUT_UNKNOWN', 'pipeline "digits" has no output "xyz". There are: label.']);
  });
});

describe('metadata', () => {
  it('has the members of the protocol and no others', () => {
    const spec = { name: 'x', datatype: 'FP32', shape: [-1, 64], from: { stage: 1 } } as const;
    const metadata = { name: 'chain', versions: ['1'], platform: 'millrace', inputs: [spec], outputs: [] };
    expect(metadataJson(metadata)).toStrictEqual({ name: 'chain', versions: ['1'], platform: 'millrace', inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 64] }], outputs: [] });
  });
});
