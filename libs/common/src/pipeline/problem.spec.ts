import { describe, expect, it } from '@jest/globals';
import { excerptOf, formatProblem } from './problem.ts';

describe('excerptOf', () => {
  it.each([
    ['a line as it is', '    inputs: { net: nett.probabilities }', 20, 4, '    inputs: { net: nett.probabilities }\n                   ^^^^'],
    ['less indentation', 'a: b', 4, 1, '    a: b\n       ^'],
    ['tabs as one space', 'a:\tb', 4, 1, '    a: b\n       ^'],
    ['no carets beyond the line', 'a: b', 4, 99, '    a: b\n       ^'],
    ['one caret at the end of a line', 'a:', 3, 1, '    a:\n      ^'],
    ['nothing for an empty line', '   ', 1, 1, ''],
  ])('shows %s', (_, line, column, length, expected) => {
    expect(excerptOf(line, column, length)).toBe(expected);
  });

  it('cuts a long line around the mark', () => {
    const [line = '', carets = ''] = excerptOf(`${'x'.repeat(500)}here${'y'.repeat(500)}`, 501, 4).split('\n');
    expect(line).toMatch(/^ {4}\.\.\. x+herey+\.\.\.$/);
    expect(line.length).toBeLessThan(135);
    expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('here');
  });
});

it('formats a problem as the style guide shows it', () => {
  const excerpt = excerptOf('    inputs: { net: nett.probabilities }', 20, 4);
  const message = 'Stage "vote" reads "nett.probabilities", but there is no stage "nett".';
  expect(formatProblem({ rule: 'PIPELINE_UNKNOWN_REFERENCE', path: [], file: 'pipelines/digits.yaml', line: 12, column: 20, message, excerpt, suggestion: 'net' })).toBe(
    `PIPELINE_UNKNOWN_REFERENCE  pipelines/digits.yaml:12:20
  Stage "vote" reads "nett.probabilities", but there is no stage "nett". Did you mean "net"?
    inputs: { net: nett.probabilities }
                   ^^^^`,
  );
});
