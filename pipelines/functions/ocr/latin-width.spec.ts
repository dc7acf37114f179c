import { describe, expect, it } from '@jest/globals';
import { narrowLatin } from './latin-width.mjs';

describe('narrowLatin', () => {
  it.each([
    ['too， 7922 （sic）！', 'too, 7922 (sic)!'],
    ['plain, as it is', 'plain, as it is'],
    ['你好，世界！', '你好，世界！'],
    ['', ''],
  ])('makes of %p %p', (line, narrow) => {
    expect(narrowLatin(line)).toBe(narrow);
  });
});
