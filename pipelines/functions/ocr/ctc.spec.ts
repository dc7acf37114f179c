import { describe, expect, it } from '@jest/globals';
import { decodeCtc } from './ctc.mjs';

const DICTIONARY = ['', 'a', 'b', ' '];
const [BLANK, A, B, SPACE] = [0, 1, 2, 3];

/** One step of the model: the winner has 0.9, the rest as told or 0. */
function step(winner: number, others: Record<number, number> = {}): number[] {
  return DICTIONARY.map((_, index) => (index === winner ? 0.9 : (others[index] ?? 0)));
}

function probabilities(...lines: number[][][]): { shape: number[]; data: Float32Array } {
  return { shape: [lines.length, lines[0]?.length ?? 0, DICTIONARY.length], data: Float32Array.from(lines.flat(2)) };
}

describe('decodeCtc', () => {
  it.each<[title: string, steps: number[][], text: string]>([
    ['takes a repeated class once', [step(A), step(A), step(B)], 'ab'],
    ['takes it twice when a blank lies between', [step(A), step(BLANK), step(A)], 'aa'],
    ['reads nothing out of blanks', [step(BLANK), step(BLANK), step(BLANK)], ''],
    ['keeps a space that won', [step(A), step(SPACE), step(B)], 'a b'],
    ['puts a space where it lost but stands out in sum', [step(A), step(BLANK, { [SPACE]: 0.02 }), step(BLANK, { [SPACE]: 0.02 }), step(B)], 'a b'],
    ['puts none where the space is at its usual level', [step(A), step(BLANK, { [SPACE]: 0.005 }), step(BLANK, { [SPACE]: 0.005 }), step(B)], 'ab'],
    ['starts and ends no line with a space', [step(SPACE), step(A), step(SPACE)], 'a'],
    ['makes one space of several', [step(A), step(SPACE), step(BLANK, { [SPACE]: 0.4 }), step(SPACE), step(B)], 'a b'],
  ])('%s', (_, steps, text) => {
    expect(decodeCtc(probabilities(steps), DICTIONARY)).toEqual([expect.objectContaining({ text })]);
  });

  it('scores a line with the mean probability of its characters, leaving spaces and blanks out', () => {
    const weak = step(B).map((value) => value / 3);
    const [line] = decodeCtc(probabilities([step(A), step(SPACE), weak, step(BLANK)]), DICTIONARY);
    expect(line?.score).toBeCloseTo(0.6, 6);
  });

  it('scores an empty line with 0', () => {
    expect(decodeCtc(probabilities([step(BLANK)]), DICTIONARY)).toEqual([{ text: '', score: 0 }]);
  });

  it('decodes each line of a batch by itself', () => {
    const lines = decodeCtc(probabilities([step(A), step(B)], [step(B), step(BLANK)]), DICTIONARY);
    expect(lines.map(({ text }) => text)).toEqual(['ab', 'b']);
  });

  it('refuses a dictionary of another model', () => {
    expect(() => decodeCtc({ shape: [1, 1, 5], data: new Float32Array(5) }, DICTIONARY)).toThrow('5 classes apart, but the dictionary has 4');
  });
});
