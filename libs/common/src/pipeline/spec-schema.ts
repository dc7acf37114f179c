import { z } from 'zod';
import type { SpecPath } from './problem.ts';
import { pipelineSpec, STAGE_KINDS } from './spec.ts';

type StageKind = keyof typeof STAGE_KINDS;
type Schema = z.core.$ZodType;

/** The kinds a stage's own keys name; a sound stage names one. */
export function stageKindsOf(value: Readonly<Record<string, unknown>>): readonly StageKind[] {
  return (Object.keys(STAGE_KINDS) as StageKind[]).filter((kind) => Object.hasOwn(value, kind));
}

/** The piece of the schema a path leads to; `raw` decides between the kinds of stages. Undefined for a path the schema does not know. */
export function schemaAt(path: SpecPath, raw: unknown): Schema | undefined {
  let schema: Schema | undefined = pipelineSpec;
  let value = raw;
  for (const key of path) {
    schema = childOf(chosen(schema, value), key);
    value = typeof value === 'object' && value !== null ? (value as Readonly<Record<string | number, unknown>>)[key] : undefined;
  }
  return chosen(schema, value);
}

/** The keys a mapping may have; empty where any may stand. */
export function keysAt(path: SpecPath, raw: unknown): readonly string[] {
  const schema = schemaAt(path, raw);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What the schema says of a key, without its full stop. */
export function descriptionAt(path: SpecPath, raw: unknown): string | undefined {
  const parent = schemaAt(path.slice(0, -1), raw);
  const schema = parent === undefined ? undefined : childOf(parent, path.at(-1) ?? '');
  return schema === undefined ? undefined : z.globalRegistry.get(schema)?.description?.replace(/\.$/, '');
}

/** What belongs at a place, as the end of "expected ...". Texts of patterns stand in the schema itself. */
export function expectedAt(schema: Schema | undefined, issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' || issue.code === 'invalid_format') return issue.message;
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(', ')}`;
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(' or ');
  if (schema instanceof z.ZodNumber) return numberPhrase(schema);
  if (schema instanceof z.ZodString) return issue.code === 'too_big' ? `at most ${String(issue.maximum)} characters` : textPhrase(schema);
  if (schema instanceof z.ZodArray) return issue.code === 'too_big' ? `at most ${String(issue.maximum)} entries` : 'a list such as [-1, 64]';
  return 'a mapping of keys to values';
}

function childOf(schema: Schema | undefined, key: string | number): Schema | undefined {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, key) ? schema.shape[key] : undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function chosen(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return chosen(schema.unwrap(), value);
  if (!(schema instanceof z.ZodUnion)) return schema;
  const [kind] = typeof value === 'object' && value !== null ? stageKindsOf(value as Readonly<Record<string, unknown>>) : [];
  return kind === undefined ? undefined : STAGE_KINDS[kind];
}

function numberPhrase(schema: z.ZodNumber): string {
  const kind = schema.format === 'safeint' ? 'a whole number' : 'a number';
  const { minValue, maxValue } = schema;
  const from = schema.safeParse(minValue).success ? `from ${String(minValue)} to` : `above ${String(minValue)}, at most`;
  return `${kind} ${from} ${String(maxValue)}`;
}

/** The pattern's own words: the message it was given is the one a wrong text gets. */
function textPhrase(schema: z.ZodString): string {
  const parsed = schema.safeParse('\n');
  return parsed.error?.issues.find((issue) => issue.code === 'invalid_format')?.message ?? 'text';
}
