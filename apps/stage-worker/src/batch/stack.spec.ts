import { describe, expect, it } from '@jest/globals';
import { bytesElements, bytesTensor, decodeUtf8, fromTypedArray, toTypedArray } from '#common/inference';
import type { Tensor } from '#common/inference';
import { isStackable, rowsOf, splitOutputs, stackInputs } from './stack.ts';

const fp32 = (shape: readonly number[]): Tensor => fromTypedArray('FP32', shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i));

describe('rows of a request', () => {
  it.each([
    ['the first dimension', { a: fp32([3, 2]), b: fp32([3]) }, 3],
    ['none when inputs disagree', { a: fp32([3]), b: fp32([2]) }, undefined],
    ['none for a scalar', { a: fp32([]) }, undefined],
    ['none without inputs', {}, undefined],
    ['zero for an empty one', { a: fp32([0, 4]) }, 0],
  ])('are %s', (_title, inputs, rows) => {
    expect(rowsOf(inputs)).toBe(rows);
  });
});

describe('two requests', () => {
  it.each([
    ['can lie under each other when only their rows differ', { a: fp32([1, 4]) }, { a: fp32([5, 4]) }, true],
    ['cannot when another dimension differs', { a: fp32([1, 4]) }, { a: fp32([1, 5]) }, false],
    ['cannot when the rank differs', { a: fp32([4]) }, { a: fp32([4, 1]) }, false],
    ['cannot when a datatype differs', { a: fp32([1]) }, { a: fromTypedArray('FP64', [1], Float64Array.of(1)) }, false],
    ['cannot when one input of many differs', { a: fp32([1]), b: fp32([1, 2]) }, { a: fp32([1]), b: fp32([1, 3]) }, false],
  ])('%s', (_title, left, right, expected) => {
    expect(isStackable(left, right)).toBe(expected);
  });
});

describe('a batch', () => {
  it('comes back to its requests as it went in, numbers and texts', () => {
    const sets = [
      { x: fp32([2, 3]), t: bytesTensor([2], ['a', 'bc']) },
      { x: fp32([1, 3]), t: bytesTensor([1], ['']) },
    ];
    const [first, second] = splitOutputs(stackInputs(sets), [2, 1], 'net');
    expect(toTypedArray(first?.['x'] as Tensor)).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect((second?.['x'] as Tensor).shape).toEqual([1, 3]);
    expect([first, second].map((set) => bytesElements(set?.['t'] as Tensor).map(decodeUtf8))).toEqual([['a', 'bc'], ['']]);
  });

  it('of one request is not copied, and may return any number of rows', () => {
    const inputs = { x: fp32([2, 3]) };
    expect(stackInputs([inputs])).toBe(inputs);
    const outputs = { boxes: [fp32([7])], score: fp32([9]) };
    expect(splitOutputs(outputs, [2], 'net')).toEqual([outputs]);
  });

  it.each([
    ['another number of rows', { y: fp32([4, 1]) }, 'stage "net", output "y": expected 3 rows for a batch of 3, got FP32 [4, 1]'],
    ['a scalar', { y: fp32([]) }, 'expected 3 rows'],
    ['a list', { y: [fp32([1])] }, 'is a list, which cannot be divided among the 2 requests'],
  ])('cannot be divided when the stage returns %s', (_title, outputs, message) => {
    expect(() => splitOutputs(outputs, [2, 1], 'net')).toThrow(expect.objectContaining({ code: 'BAD_OUTPUT', message: expect.stringContaining(message) }));
  });
});
