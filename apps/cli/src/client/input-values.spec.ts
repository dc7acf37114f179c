import { afterAll, describe, expect, it } from '@jest/globals';
import { bytesElements, toTypedArray } from '#common/inference';
import type { TensorSpec } from '#common/inference';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import { fillShape, readInputs, zeroInputs } from './input-values.ts';

const X: TensorSpec = { name: 'x', datatype: 'FP32', shape: [-1, 2] };
const ID: TensorSpec = { name: 'id', datatype: 'INT64', shape: [1] };
const TEXT: TensorSpec = { name: 'text', datatype: 'BYTES', shape: [1] };

const request = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[7,8]}]}';
const folder = temporaryFolder({ 'x.json': '[[1,2],[3,4]]', 'request.json': request, 'image.bin': Uint8Array.of(0, 255, 10) });
afterAll(folder.remove);

describe('values of the command line become tensors', () => {
  it.each([
    ['x=[1,2,3,4]', [2, 2], [1, 2, 3, 4]],
    ['x=[[1,2],[3,4],[5,6]]', [3, 2], [1, 2, 3, 4, 5, 6]],
    [`x=@${folder.path}/x.json`, [2, 2], [1, 2, 3, 4]],
    [`x=@${folder.path}/request.json`, [1, 2], [7, 8]],
  ])('reads %s', async (argument, shape, values) => {
    const { x } = await readInputs([X], [argument]);
    expect(x?.shape).toEqual(shape);
    expect(x === undefined ? [] : [...(toTypedArray(x) as Float32Array)]).toEqual(values);
  });

  it('keeps 64-bit integers exact', async () => {
    const { id } = await readInputs([ID], ['id=9007199254740993']);
    expect(id === undefined ? undefined : [...(toTypedArray(id) as BigInt64Array)]).toEqual([9_007_199_254_740_993n]);
  });

  it('takes bytes as the text itself or as the bytes of a file, equal signs included', async () => {
    const plain = await readInputs([TEXT], ['text=a=b']);
    expect(plain['text'] === undefined ? [] : bytesElements(plain['text'])).toEqual([new TextEncoder().encode('a=b')]);
    const file = await readInputs([TEXT], [`text=@${folder.path}/image.bin`]);
    expect(file['text'] === undefined ? [] : bytesElements(file['text']).map((element) => [...element])).toEqual([[0, 255, 10]]);
  });

  it.each([
    ['x', 'PARAMETER_INVALID', '"x" is not of the form name=value. Write for example x=@file.'],
    ['=1', 'PARAMETER_INVALID', '"=1" is not of the form name=value. Write for example x=@file.'],
    ['xx=1', 'TENSOR_UNKNOWN', 'The pipeline has no input "xx". Did you mean "x"? Its inputs: x.'],
    ['x=abc', 'TENSOR_DATA_INVALID', 'Input "x": expected FP32 [-1, 2] as JSON like [1, 2, 3], got "abc". A file is given as x=@file.'],
    ['x=[1,2,3]', 'TENSOR_SHAPE_MISMATCH', 'Input "x": expected FP32 [-1, 2], got 3 values. Give a multiple of 2.'],
    ['x=1', 'TENSOR_SHAPE_MISMATCH', 'Input "x": expected FP32 [-1, 2], got 1 value. Give a multiple of 2.'],
    ['x={}', 'MALFORMED_BODY', expect.stringContaining('inputs')],
    ['x={"inputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[1]}]}', 'TENSOR_MISSING', 'The infer request given for the input "x" has no input of that name.'],
    ['x=@/nowhere/at/all', 'PARAMETER_INVALID', 'The file "/nowhere/at/all" cannot be read: there is no such file or folder.'],
    ['x=@/', 'PARAMETER_INVALID', 'The file "/" cannot be read: it is a folder, not a file.'],
  ])('refuses %s', async (argument, code, message) => {
    await expect(readInputs([X], [argument])).rejects.toMatchObject({ code, message });
  });

  it('refuses an input that is given twice', async () => {
    await expect(readInputs([X], ['x=[1,2]', 'x=[3,4]'])).rejects.toMatchObject({ message: 'Input "x" is given twice. Give it once.' });
  });
});

describe('the open dimensions of a shape', () => {
  it.each([
    [[-1, 64], 128, [2, 64]],
    [[-1, -1], 6, [6, 1]],
    [[-1], 1, [1]],
    [[2, 3], 6, [2, 3]],
    [[], 1, []],
  ])('%j with %i values becomes %j', (shape, count, filled) => {
    expect(fillShape({ name: 'x', datatype: 'FP32', shape }, count)).toEqual(filled);
  });
});

describe('zeros for a load run', () => {
  it('open the first dimension to the rows and further ones to 1', () => {
    const { x, text } = zeroInputs([{ name: 'x', datatype: 'FP32', shape: [-1, -1, 3] }, TEXT], 4);
    expect(x).toEqual({ datatype: 'FP32', shape: [4, 1, 3], bytes: new Uint8Array(48) });
    expect(text?.shape).toEqual([1]);
  });
});
