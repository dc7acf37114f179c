import type { PipelineRule } from './rules.ts';

export type SpecPath = readonly (string | number)[];

/** Something wrong with a pipeline, found without knowing where in the file it stands. */
export interface Finding {
  readonly rule: PipelineRule;
  /** Keys from the top of the file to what is meant; a path that ends in a missing key stands for its parent. */
  readonly path: SpecPath;
  /** What the caret line marks. */
  readonly mark: 'key' | 'value';
  /** The piece of the marked text that is meant, where it is not all of it: `nett` of `nett.probabilities`. */
  readonly piece?: { readonly start: number; readonly length: number };
  /** Whole sentences: the thing, the value, what to do. */
  readonly message: string;
  readonly expected?: string;
  /** A name that was probably meant. */
  readonly suggestion?: string;
}

/** A finding with its place: what people and tools are shown. */
export interface Problem {
  readonly rule: PipelineRule;
  readonly path: SpecPath;
  readonly message: string;
  /** As the user would name it, such as `pipelines/digits.yaml`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** The line of the file and below it a line of carets; empty where there is no such line. */
  readonly excerpt: string;
  readonly expected?: string;
  readonly suggestion?: string;
}

/** Characters of a line that are shown; a longer one is cut, so that the mark stays in sight. */
const WIDTH = 120;
const CUT = '... ';

/** The marked line and its carets, both shifted to an indentation of four: `column` from 1, at least one caret, none beyond the line. */
export function excerptOf(line: string, column: number, length: number): string {
  const characters = [...line.replaceAll('\t', ' ').trimEnd()];
  const start = Math.min(column - 1, characters.length);
  const indent = Math.min(Math.max(0, characters.findIndex((character) => character !== ' ')), start);
  if (characters.length === 0) return '';
  const marked = Math.max(1, Math.min(length, characters.length - start, WIDTH / 2));
  const from = start + marked - indent <= WIDTH ? indent : start - WIDTH / 2;
  const before = from > indent ? CUT : '';
  const after = characters.length - from > WIDTH ? CUT.trimEnd() : '';
  const shown = characters.slice(from, from + WIDTH).join('');
  return `    ${before}${shown}${after}\n    ${' '.repeat(before.length + start - from)}${'^'.repeat(marked)}`;
}

/** The problem as people read it: rule and place, the sentence, the line of the file, the carets. */
export function formatProblem(problem: Problem): string {
  const suggestion = problem.suggestion === undefined ? '' : ` Did you mean "${problem.suggestion}"?`;
  const head = `${problem.rule}  ${problem.file}:${String(problem.line)}:${String(problem.column)}\n  ${problem.message}${suggestion}`;
  return problem.excerpt === '' ? head : `${head}\n${problem.excerpt}`;
}
