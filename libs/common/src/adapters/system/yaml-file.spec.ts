import { describe, expect, it } from '@jest/globals';
import type { Finding } from '#common/pipeline';
import { YamlFile } from './yaml-file.ts';

const finding = (path: Finding['path'], more: Partial<Finding> = {}): Finding => ({ rule: 'PIPELINE_VALUE', path, mark: 'value', message: 'm', ...more });

describe('YamlFile', () => {
  it.each<[string, string, Finding, string]>([
    ['a value', 'a: { b: word }', finding(['a', 'b']), '1:9 word'],
    ['a key', 'a: { b: word }', finding(['a', 'b'], { mark: 'key' }), '1:6 b'],
    ['a piece of a value', 'a: left.right', finding(['a'], { piece: { start: 5, length: 5 } }), '1:9 right'],
    ['a piece of a quoted value', 'a: "left.right"', finding(['a'], { piece: { start: 5, length: 5 } }), '1:10 right'],
    ['an entry of a list', 'a: [1, two]', finding(['a', 1]), '1:8 two'],
    ['the nearest key above a missing one', 'a:\n  b: { c: 1 }', finding(['a', 'b', 'd', 'e']), '2:3 b'],
    ['the first key where a top one is missing', '# remark\na: 1', finding(['z']), '2:1 a'],
    ['the key of a value over several lines', 'a:\n  b: 1\n  c: 2', finding(['a']), '1:1 a'],
    ['the key of an empty value', 'a: 1\nb:', finding(['b']), '2:1 b'],
    ['what an alias stands for', 'a: &x { b: word }\nc: *x', finding(['c', 'b']), '1:12 word'],
    ['characters, not code units', 'a: ["😀😀", word]', finding(['a', 1]), '1:11 word'],
    ['a line with a carriage return', 'a: 1\r\nb: word\r\n', finding(['b']), '2:4 word'],
  ])('marks %s', (_, text, what, expected) => {
    const problem = YamlFile.parse('f.yaml', text).locate(what);
    const [line = '', carets = ''] = problem.excerpt.split('\n');
    const marked = [...line].slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1).join('');
    expect(`${String(problem.line)}:${String(problem.column)} ${marked}`).toBe(expected);
  });

  it('reads no more than a few complaints out of a file that is no YAML', () => {
    const { data, problems } = YamlFile.parse('f.yaml', '}\n'.repeat(100));
    expect(data).toBeUndefined();
    expect(problems.length).toBeLessThanOrEqual(10);
  });
});
