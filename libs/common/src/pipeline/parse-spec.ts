import { z } from 'zod';
import { NOTHING_BROKEN } from './graph.ts';
import type { BrokenParts } from './graph.ts';
import type { Finding, SpecPath } from './problem.ts';
import { pipelineSpec } from './spec.ts';
import type { PipelineSpec } from './spec.ts';
import { findingsOf } from './spec-findings.ts';

export interface ParsedSpec {
  /** What could be read, without the broken parts; undefined when that is not enough for a pipeline. */
  readonly spec: PipelineSpec | undefined;
  readonly broken: BrokenParts;
  readonly findings: readonly Finding[];
}

/** Plain data (a YAML file's content) against the schema: all problems at once, and whatever is sound beside them, so that it can be checked too. */
export function parseSpec(raw: unknown): ParsedSpec {
  const ignored = prototypeKeys(raw, []);
  const parsed = pipelineSpec.safeParse(raw);
  if (parsed.success) return { spec: parsed.data, broken: NOTHING_BROKEN, findings: ignored };
  const findings = [...ignored, ...parsed.error.issues.flatMap((issue) => findingsOf(issue, raw))];
  const broken = brokenParts(parsed.error.issues);
  return { spec: pipelineSpec.safeParse(withoutBroken(raw, parsed.error.issues)).data, broken, findings };
}

/** zod passes over keys named `__proto__`; a file that has one means something by it. */
function prototypeKeys(value: unknown, path: SpecPath): readonly Finding[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]): readonly Finding[] => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key !== '__proto__') return prototypeKeys(member, here);
    return [{ rule: 'PIPELINE_NAME', path: here, mark: 'key', message: '"__proto__" cannot be the name of anything: JavaScript keeps it to itself. Choose another name.' }];
  });
}

function brokenParts(issues: readonly z.core.$ZodIssue[]): BrokenParts {
  const named = (section: string): Set<string> => new Set(issues.flatMap(({ path }) => (path[0] === section && path.length > 1 ? String(path[1]) : [])));
  return { stages: named('stages'), inputs: named('inputs'), outputs: issues.some(({ path }) => path[0] === 'outputs') };
}

/** The same data without the sections, stages, inputs and outputs that have problems. A pipeline without a usable name still has stages to check. */
function withoutBroken(raw: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  const sound: Record<string, unknown> = { ...raw };
  for (const { path, code, ...issue } of issues) {
    const [section, entry] = path.map(String);
    if (section === undefined) {
      for (const key of code === 'unrecognized_keys' && 'keys' in issue ? issue.keys : []) delete sound[key];
    } else if (section === 'pipeline') sound[section] = 'unnamed';
    else if (entry === undefined || !(section in COLLECTIONS)) delete sound[section];
    else sound[section] = withoutKey(sound[section], entry);
  }
  return sound;
}

const COLLECTIONS = { inputs: true, stages: true, outputs: true };

function withoutKey(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
}
