import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileDraft } from '../../../../test/support/compile-pipeline.ts';
import { randomPipeline } from '../../../../test/support/random-pipeline.ts';
import { evaluate, run, stageResult } from '../../../../test/support/run-pipeline.ts';
import { isAnswer, route, routeEntry } from './route.ts';
import { bindInputs, expectedParts, joinNode, memberOf } from './join-parts.ts';
import { concatRows, fromTypedArray } from '../inference/index.ts';
import type { Tensor } from '../inference/index.ts';

const column = { datatype: 'INT32', shape: [-1] };
const f = './f.mjs#f';

function rows(...values: number[]): Tensor {
  return fromTypedArray('INT32', [values.length], Int32Array.from(values));
}

describe('route', () => {
  it('answers as the pipeline read from end to end would, whatever the DAG, and only ever sends to higher numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 5, maxLength: 80 }), fc.array(fc.integer(), { maxLength: 4 }), fc.integer(), (tape, a, seed) => {
        const raw = randomPipeline(tape);
        const pipeline = compileDraft(raw);
        const inputs = { a: rows(...a), b: rows(seed) };
        const { answer, hops } = run(pipeline, inputs);
        expect(answer).toEqual(evaluate(raw, inputs));
        expect(hops.filter((hop) => hop.to <= hop.from)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('sends a chain of N stages N messages before the answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), (length) => {
        const stages = Object.fromEntries(
          Array.from({ length }, (_, index) => [`s${String(index)}`, { function: f, inputs: { x: index === 0 ? 'x' : `s${String(index - 1)}.y` }, outputs: { y: column } }]),
        );
        const pipeline = compileDraft({ pipeline: 'chain', inputs: { x: column }, stages, outputs: { y: `s${String(length - 1)}.y` } });
        const { hops } = run(pipeline, { x: rows(1) });
        expect(hops.filter((hop) => !isAnswer(pipeline, hop.to))).toHaveLength(length);
        expect(hops).toHaveLength(length + 1);
      }),
    );
  });

  it('gives the same messages for the same finished stage', () => {
    const pipeline = compileDraft(scatterPipeline());
    const [entry] = routeEntry(pipeline, { image: rows(7) });
    const finished = { stage: 0, parts: [entry ?? { tensors: [] }], outputs: { crop: [rows(1), rows(2)], size: rows(9) } };
    expect(route(pipeline, finished)).toEqual(route(pipeline, finished));
  });
});

/** cut -> each: read -> gather: lines, which reads cut.size and the image too. */
function scatterPipeline(): unknown {
  return {
    pipeline: 'scatter',
    inputs: { image: column },
    stages: {
      cut: { function: f, inputs: { image: 'image' }, outputs: { crop: { ...column, list: true }, size: column } },
      read: { function: f, each: 'crop', inputs: { crop: 'cut.crop' }, outputs: { text: column } },
      lines: { function: f, gather: true, inputs: { text: 'read.text', size: 'cut.size', image: 'image' }, outputs: { text: column } },
    },
    outputs: { text: 'lines.text' },
  };
}

describe('a scatter', () => {
  const pipeline = compileDraft(scatterPipeline());
  const [entry] = routeEntry(pipeline, { image: rows(7) });
  const cut = (...crops: Tensor[]) => route(pipeline, { stage: 0, parts: [entry ?? { tensors: [] }], outputs: { crop: crops, size: rows(9) } });

  it('sends one message per part, and what only the gather needs with the first', () => {
    expect(cut(rows(1), rows(2, 3)).map(({ to, scatter, tensors }) => ({ to, scatter, tensors: tensors.map((tensor) => tensor.name) }))).toEqual([
      { to: 1, scatter: { index: 0, count: 2 }, tensors: ['crop', 'image', 'size'] },
      { to: 1, scatter: { index: 1, count: 2 }, tensors: ['crop'] },
    ]);
  });

  it('waits for every part at the gather and puts them together in the order of the scatter', () => {
    const parts = cut(rows(1), rows(2, 3)).map((message) => {
      const [next] = route(pipeline, { stage: 1, parts: [message], outputs: { text: message.tensors[0]?.tensor as Tensor } });
      return { from: 1, tensors: next?.tensors ?? [], ...(next?.scatter === undefined ? {} : { scatter: next.scatter }) };
    });
    expect(parts.map(memberOf)).toEqual(['1.0', '1.1']);
    expect(parts.map((part) => expectedParts(pipeline, 2, part))).toEqual([2, 2]);
    expect(bindInputs(pipeline.stages[2] ?? never(), parts.toReversed())).toEqual({ text: concatRows([rows(1), rows(2, 3)]), size: rows(9), image: rows(7) });
  });

  it('goes straight to the gather with one empty message when there are no parts', () => {
    const [message, ...others] = cut();
    expect(others).toEqual([]);
    expect(message).toMatchObject({ to: 2, scatter: { index: 0, count: 0 } });
    const part = { from: 0, tensors: message?.tensors ?? [], scatter: { index: 0, count: 0 } };
    expect(memberOf(part)).toBe('0.0');
    expect(expectedParts(pipeline, 2, part)).toBe(1);
    expect(bindInputs(pipeline.stages[2] ?? never(), [part])).toEqual({ text: rows(), size: rows(9), image: rows(7) });
  });

  it('keys joins inside it per part, apart from every other join', () => {
    const nodes = [0, 1, 2, 3].flatMap((node) => [0, 1, 2].map((index) => joinNode(pipeline, node, { scatter: { index, count: 3 } })));
    expect(joinNode(pipeline, 2, { scatter: { index: 1, count: 3 } })).toBe(2);
    expect(new Set(nodes).size).toBe(3 + 3); // three nodes outside the scatter, one inside with three parts
  });

  it('blames the stage for a list that is none, and for a tensor it did not return', () => {
    expect(() => route(pipeline, { stage: 0, parts: [], outputs: { size: rows(1) } })).toThrow(
      expect.objectContaining({ code: 'BAD_OUTPUT', stage: 'cut', message: 'stage "cut": output "crop" was not returned, but is read further down. Return it under this name.' }),
    );
    expect(() => route(pipeline, { stage: 1, parts: [{ tensors: [] }], outputs: { text: [rows(1)] } })).toThrow(expect.objectContaining({ code: 'BAD_OUTPUT', stage: 'read' }));
  });

  it('refuses parts that cannot be put together as an output of the stages, not as the caller\'s fault', () => {
    const parts = [0, 1].map((index) => ({
      from: 1,
      scatter: { index, count: 2 },
      tensors: [{ stage: 1, name: 'text', tensor: fromTypedArray('INT32', [1, index + 1], new Int32Array(index + 1)) }],
    }));
    expect(() => bindInputs(pipeline.stages[2] ?? never(), parts)).toThrow(expect.objectContaining({ code: 'BAD_OUTPUT' }));
  });
});

it('the stand-in for a stage depends on every input', () => {
  expect(stageResult('s', { x: rows(1) })).not.toEqual(stageResult('s', { x: rows(2) }));
});

function never(): never {
  throw new Error('the pipeline lost a stage');
}
