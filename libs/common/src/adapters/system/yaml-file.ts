import { isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLError } from 'yaml';
import { excerptOf } from '#common/pipeline';
import type { Finding, PipelineRule, Problem, SpecPath } from '#common/pipeline';

/** What a parser complains about: where it stands, not what it would mean. */
interface Complaint {
  readonly rule: PipelineRule;
  readonly offset: number;
  readonly message: string;
}

/** Syntax errors follow from each other; beyond a few they only tire. */
const MOST_COMPLAINTS = 10;

/** Aliases may spare repetition, but not unfold into more than a person would write. */
const MOST_ALIASES = 100;

/** One YAML text: its data, and where in it a finding stands. */
export class YamlFile {
  /** Plain data; undefined when the text is no YAML. */
  readonly data: unknown;
  readonly problems: readonly Problem[];
  readonly #file: string;
  readonly #text: string;
  readonly #document: Document.Parsed;

  private constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#document = parseDocument(text, { prettyErrors: false, stringKeys: true });
    const complaints = complaintsOf(this.#document.errors, text);
    // A key that stands twice leaves the data readable, so that the rest can be checked too.
    const readable = complaints.every((complaint) => complaint.rule === 'PIPELINE_DUPLICATE_KEY');
    try {
      this.data = readable ? this.#document.toJS({ maxAliasCount: MOST_ALIASES }) : undefined;
    } catch {
      const offset = Math.max(0, text.search(/\*\w/));
      complaints.push({ rule: 'PIPELINE_YAML_LIMIT', offset, message: `The aliases of this file unfold into more than ${String(MOST_ALIASES)} copies. Write it out, or use fewer.` });
    }
    this.problems = complaints.map((complaint) => this.#problemAt(complaint));
  }

  static parse(file: string, text: string): YamlFile {
    return new YamlFile(file, text);
  }

  /** The finding with its place in this text. */
  locate(finding: Finding): Problem {
    const { rule, path, message, expected, suggestion } = finding;
    const [start, end] = this.#rangeOf(finding);
    return {
      ...this.#place(start, end),
      rule,
      path,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(suggestion === undefined ? {} : { suggestion }),
    };
  }

  #problemAt({ rule, offset, message }: Complaint): Problem {
    const rest = /^[\w-]+/.exec(this.#text.slice(offset))?.[0].length ?? 1;
    return { ...this.#place(offset, offset + rest), rule, path: [], message };
  }

  /** Columns count characters, not code units, so that the carets stand under what they mean. */
  #place(start: number, end: number): Pick<Problem, 'file' | 'line' | 'column' | 'excerpt'> {
    const before = this.#text.slice(0, start);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const lineEnd = this.#text.indexOf('\n', lineStart);
    const text = this.#text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, '');
    const column = [...this.#text.slice(lineStart, start)].length + 1;
    return { file: this.#file, line, column, excerpt: excerptOf(text, column, [...this.#text.slice(start, end)].length) };
  }

  #rangeOf({ path, mark, piece }: Finding): readonly [number, number] {
    const { key, value, missing } = this.#find(path);
    const marked = mark === 'value' && !missing && value !== undefined && onOneLine(value, this.#text) ? value : (key ?? value);
    const [start, end] = rangeOf(marked);
    if (piece === undefined || marked !== value) return [start, end];
    const quote = /["']/.test(this.#text.charAt(start)) ? 1 : 0;
    return [start + quote + piece.start, start + quote + piece.start + piece.length];
  }

  /** The nodes at a path. Where a key is missing: the nearest one above it that is there. */
  #find(path: SpecPath): { readonly key: Node | undefined; readonly value: Node | undefined; readonly missing: boolean } {
    let key: Node | undefined;
    let value: Node | undefined = this.#document.contents ?? undefined;
    for (const step of path) {
      const inside: Node | undefined = isAlias(value) ? value.resolve(this.#document) : value;
      const next = childOf(inside, step);
      if (next === undefined) return { key, value: path.length === 1 ? firstKey(inside) : value, missing: true };
      key = next.key ?? key;
      value = next.value;
    }
    return { key, value, missing: false };
  }
}

/** Nested too deep, everything after it is a consequence. */
function complaintsOf(errors: readonly YAMLError[], text: string): Complaint[] {
  const exhausted = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  return (exhausted === undefined ? errors.slice(0, MOST_COMPLAINTS) : [exhausted]).map((error) => complaintOf(error, text));
}

function complaintOf(error: YAMLError, text: string): Complaint {
  const [offset] = error.pos;
  const word = /^[^\s:]+/.exec(text.slice(offset))?.[0] ?? '';
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { rule: 'PIPELINE_DUPLICATE_KEY', offset, message: `The key "${word}" stands twice in one mapping. Keep one of them.` };
    case 'RESOURCE_EXHAUSTION':
      return { rule: 'PIPELINE_YAML_LIMIT', offset, message: 'The file is nested deeper than a pipeline can be. Close what is open before this place.' };
    case 'TAB_AS_INDENT':
      return { rule: 'PIPELINE_YAML_SYNTAX', offset, message: 'A tab indents this line, which YAML does not allow. Use spaces.' };
    default:
      return { rule: 'PIPELINE_YAML_SYNTAX', offset, message: `This is not YAML: ${error.message.replace(/\.?$/, '.')}` };
  }
}

function childOf(node: Node | undefined, step: string | number): { readonly key: Node | undefined; readonly value: Node | undefined } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return item === undefined ? undefined : { key: undefined, value: item as Node };
  }
  if (!isMap(node)) return undefined;
  // Of a key that stands twice the last one counts, as it does in the data.
  const pair = node.items.findLast((item: Pair) => isScalar(item.key) && String(item.key.value) === String(step));
  return pair === undefined ? undefined : { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
}

function firstKey(node: Node | undefined): Node | undefined {
  return isMap(node) ? (node.items[0]?.key as Node | undefined) : node;
}

function rangeOf(node: Node | undefined): readonly [number, number] {
  const range = node?.range;
  return range === undefined || range === null ? [0, 1] : [range[0], range[1]];
}

/** A mapping or list over several lines is better shown by its key. */
function onOneLine(node: Node, text: string): boolean {
  const [start, end] = rangeOf(node);
  return end > start && !text.slice(start, end).trimEnd().includes('\n');
}
