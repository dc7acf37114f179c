import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileDraft, draftPipeline } from '../../../../test/support/compile-pipeline.ts';
import { randomPipeline } from '../../../../test/support/random-pipeline.ts';
import { compilePipeline } from './compile.ts';
import type { CompiledPipeline, Edge } from './compiled.ts';
import { durationMs } from './spec.ts';

const f = './f.mjs#f';
const row = { datatype: 'FP32', shape: [-1, 4] };
const call = (...reads: readonly string[]): unknown => ({ function: f, inputs: Object.fromEntries(reads.map((read, index) => [`i${String(index)}`, read])), outputs: { y: row } });

function compiled(stages: Readonly<Record<string, unknown>>, ...outputs: readonly string[]): CompiledPipeline {
  return compileDraft({ pipeline: 'p', inputs: { x: row }, stages, outputs: Object.fromEntries(outputs.map((output, index) => [`o${String(index)}`, output])) });
}

/** `0>2 x, a.y`: an edge and what it carries, by name. */
function shown(pipeline: CompiledPipeline): readonly string[] {
  const name = (stage: number): string => (stage === -1 ? 'in' : (pipeline.stages[stage]?.name ?? 'out'));
  const edges: readonly Edge[] = [...pipeline.entry, ...pipeline.stages.flatMap((stage) => stage.next)];
  return edges.map(({ from, to, cargo }) => `${name(from)}>${name(to)} ${cargo.map((ref) => (ref.stage === -1 ? ref.tensor : `${name(ref.stage)}.${ref.tensor}`)).join(', ')}`);
}

describe('compilePipeline', () => {
  it('numbers stages so that each reads lower ones, in the order of the file among equals', () => {
    const pipeline = compiled({ d: call('b.y', 'c.y'), c: call('a.y'), b: call('a.y'), a: call('x') }, 'd.y');
    expect(pipeline.stages.map((stage) => stage.name)).toEqual(['a', 'c', 'b', 'd']);
    expect(pipeline.stages.map((stage) => stage.members)).toEqual([[-1], [0], [0], [1, 2]]);
  });

  it('joins only what no other source was made from, and brings the rest along that way', () => {
    expect(shown(compiled({ a: call('x'), b: call('a.y'), c: call('a.y', 'b.y', 'x') }, 'c.y', 'a.y'))).toEqual(['in>a x', 'a>b x, a.y', 'b>c x, a.y, b.y', 'c>out a.y, c.y']);
  });

  it('sends an early tensor one way only, by a stage that reads it where there is one', () => {
    const edges = shown(compiled({ a: call('x'), b: call('a.y'), c: call('a.y', 'x'), d: call('b.y', 'c.y', 'x') }, 'd.y'));
    expect(edges).toEqual(['in>a x', 'a>b a.y', 'a>c x, a.y', 'b>d b.y', 'c>d x, c.y', 'd>out d.y']);
  });

  it('makes the answer of several stages an implicit join', () => {
    const pipeline = compiled({ a: call('x'), b: call('a.y'), c: call('a.y') }, 'b.y', 'c.y', 'a.y');
    expect(pipeline.answer.members).toEqual([1, 2]);
    expect(shown(pipeline)).toEqual(['in>a x', 'a>b a.y', 'a>c a.y', 'b>out a.y, b.y', 'c>out c.y']);
  });

  it('fills in every default and reads every duration', () => {
    const [stage] = compiled({ a: call('x') }, 'a.y').stages;
    expect(stage).toMatchObject({
      batch: { max: 1, withinMs: 0 }, executors: 1, timeoutMs: 30_000, retry: { attempts: 3, backoffMs: 50 }, join: { mode: 'all' }, executor: { isolation: 'thread' },
    });
    expect(compiled({ a: call('x') }, 'a.y').deadline).toEqual({ syncMs: 10_000, asyncMs: 3_600_000 });
    expect(['150ms', '2s', '0.5m', '1h', '1.5s'].map(durationMs)).toEqual([150, 2000, 30_000, 3_600_000, 1500]);
  });

  it('gives a frozen pipeline, all the way down', () => {
    const frozen = (value: unknown): boolean => typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen(compiled({ a: call('x') }, 'a.y'))).toBe(true);
  });

  it('sends nothing that nobody reads, whatever the DAG', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 5, maxLength: 80 }), (tape) => {
        const pipeline = compileDraft(randomPipeline(tape));
        const key = (ref: { readonly stage: number; readonly tensor: string }): string => `${String(ref.stage)}.${ref.tensor}`;
        const edges: readonly Edge[] = [...pipeline.entry, ...pipeline.stages.flatMap((stage) => stage.next)];
        for (const edge of edges) {
          const readHere = new Set((pipeline.stages[edge.to]?.inputs.map((input) => input.from) ?? pipeline.outputs.map((output) => output.from)).map(key));
          const onwards = new Set(edges.filter((next) => next.from === edge.to).flatMap((next) => [...next.cargo, ...(next.cargoOfFirst ?? []), ...(next.ifEmpty ?? []).flatMap((hop) => hop.cargo)].map(key)));
          expect([...edge.cargo, ...(edge.cargoOfFirst ?? [])].map(key).filter((ref) => !readHere.has(ref) && !onwards.has(ref))).toEqual([]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses a graph that was not checked', () => {
    const { graph } = draftPipeline({ pipeline: 'p', inputs: { x: row }, stages: { a: call('nowhere.y') }, outputs: { y: 'a.y' } });
    expect(() => compilePipeline(graph, 'v')).toThrow(RangeError);
  });
});
