import { nearestName } from '#common/errors';
import type { z } from 'zod';
import type { Finding, SpecPath } from './problem.ts';
import type { PipelineRule } from './rules.ts';
import { descriptionAt, expectedAt, keysAt, schemaAt, stageKindsOf } from './spec-schema.ts';
import { STAGE_KINDS } from './spec.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found, in the words of a pipeline's author. `raw` is the data as the file had it. */
export function findingsOf(issue: Issue, raw: unknown): readonly Finding[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  switch (issue.code) {
    case 'unrecognized_keys': {
      const kinds = path.length === 2 && path[0] === 'stages' ? kindsAt(raw, path) : [];
      return kinds.length > 1 ? [severalKinds(path, kinds)] : issue.keys.map((key) => unknownKey([...path, key], raw));
    }
    case 'invalid_union':
      return stageFindings(issue, path, raw);
    case 'invalid_key':
      return [badName(path, issue.issues[0]?.message ?? '')];
    default:
      return [badValue(issue, path, raw)];
  }
}

/** A stage is a union of kinds; the key that names the kind says which of the schema's complaints count. */
function stageFindings(issue: z.core.$ZodIssueInvalidUnion, path: SpecPath, raw: unknown): readonly Finding[] {
  const value = valueAt(raw, path);
  if (!isMapping(value)) return [badValue({ ...issue, code: 'invalid_type', expected: 'object' }, path, raw)];
  const kinds = stageKindsOf(value);
  const [kind] = kinds;
  if (kind === undefined) return [noKind(path, Object.keys(value))];
  if (kinds.length > 1) return [severalKinds(path, kinds)];
  const issues = issue.errors[Object.keys(STAGE_KINDS).indexOf(kind)] ?? [];
  return issues.flatMap((inner) => findingsOf({ ...inner, path: [...path, ...inner.path] }, raw));
}

const ONE_KIND = 'exactly one of `function`, `onnx` and `ensemble`';

function severalKinds(path: SpecPath, kinds: readonly string[]): Finding {
  const message = `Stage "${String(path[1])}" has ${kinds.map((kind) => `\`${kind}\``).join(' and ')}, but a stage runs one thing. Keep one of them.`;
  return { rule: 'PIPELINE_STAGE_KIND', path: [...path, kinds.at(-1) ?? ''], mark: 'key', message, expected: ONE_KIND };
}

function noKind(path: SpecPath, keys: readonly string[]): Finding {
  const message = `Stage "${String(path[1])}" does not say what it runs. Give it ${ONE_KIND}.`;
  const known = Object.keys(STAGE_KINDS);
  const typo = keys.find((key) => nearestName(key, known) !== undefined);
  const finding: Finding = { rule: 'PIPELINE_STAGE_KIND', path, mark: 'key', message, expected: ONE_KIND };
  const suggestion = typo === undefined ? undefined : nearestName(typo, known);
  return typo === undefined || suggestion === undefined ? finding : { ...finding, path: [...path, typo], suggestion };
}

function kindsAt(raw: unknown, path: SpecPath): readonly string[] {
  const value = valueAt(raw, path);
  return isMapping(value) ? stageKindsOf(value) : [];
}

function unknownKey(path: SpecPath, raw: unknown): Finding {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const known = keysAt(parent, raw);
  const hint = KEY_HINTS[key];
  const suggestion = hint === undefined ? nearestName(key, known) : undefined;
  const where = parent.length === 0 ? 'a pipeline' : ownerOf(parent);
  const allowed = `one of ${known.join(', ')}`;
  const advice = suggestion === undefined ? ` ${hint ?? `It knows ${known.join(', ')}.`}` : '';
  return {
    rule: 'PIPELINE_UNKNOWN_KEY',
    path,
    mark: 'key',
    message: `"${key}" is no key of ${where}.${advice}`,
    expected: allowed,
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** Keys that exist, but not on this kind of stage. */
const KEY_HINTS: Readonly<Record<string, string>> = {
  outputs: 'An ensemble makes `probabilities` and `label` by itself.',
  before: '`before` and `after` belong to a stage with `onnx`.',
  after: '`before` and `after` belong to a stage with `onnx`.',
  'intra-op': '`intra-op` belongs to a stage with `onnx`.',
  warmup: '`warmup` belongs to a stage with `onnx`.',
  isolation: '`isolation` belongs to a stage with `function`.',
  weights: '`weights` belong to a stage with `ensemble`.',
};

function badName(path: SpecPath, expected: string): Finding {
  const key = String(path.at(-1));
  const message = `"${key}" cannot be the name of ${NAMED[String(path.at(-2))] ?? 'anything here'}: expected ${expected}.`;
  const plain = key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 63);
  const suggestion = path.length === 2 && path[0] === 'stages' && plain !== '' ? { suggestion: plain } : {};
  return { rule: 'PIPELINE_NAME', path, mark: 'key', message, expected, ...suggestion };
}

const NAMED: Readonly<Record<string, string>> = { inputs: 'an input', outputs: 'an output', stages: 'a stage', weights: 'an input', warmup: 'an input' };

function badValue(issue: Issue, path: SpecPath, raw: unknown): Finding {
  const value = valueAt(raw, path);
  const expected = expectedAt(schemaAt(path, raw), issue);
  const key = path.at(-1);
  if (value === undefined && typeof key === 'string') {
    const owner = path.length === 1 ? 'The pipeline' : capitalised(ownerOf(path.slice(0, -1)));
    const meaning = descriptionAt(path, raw);
    return { rule: 'PIPELINE_MISSING_KEY', path, mark: 'key', message: `${owner} has no \`${key}\`. Add it${meaning === undefined ? '' : ` (${meaning})`}.`, expected };
  }
  const subject = key === undefined ? 'The file' : capitalised(ownerOf(path));
  const message = `${subject} is ${shown(value)}: expected ${expected}.`;
  const suggestion = issue.code === 'invalid_value' && typeof value === 'string' ? nearestName(value, issue.values.map(String)) : undefined;
  const rule: PipelineRule = path.length === 1 && key === 'pipeline' && issue.code === 'invalid_format' ? 'PIPELINE_NAME' : 'PIPELINE_VALUE';
  return { rule, path, mark: 'value', message, expected, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** `stage "vote"`, `\`batch\` of stage "vote"`, `input "x" of stage "vote"`: what a path stands for. */
function ownerOf(path: SpecPath): string {
  const [section, entry, ...rest] = path;
  if (entry === undefined) return `\`${String(section)}\``;
  const owner = section === 'stages' ? `stage "${String(entry)}"` : `\`${String(section)}.${String(entry)}\``;
  return rest.length === 0 ? owner : `\`${rest.map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${key}`)).join('').slice(1)}\` of ${owner}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isMapping(value)) return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueAt(raw: unknown, path: SpecPath): unknown {
  let value = raw;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}
