import { describe, expect, it } from '@jest/globals';
import { draftPipeline } from '../../../../test/support/compile-pipeline.ts';
import { CHECKS } from './checks.ts';
import type { ModelSignature } from './stage-node.ts';
import { PIPELINE_RULES } from './rules.ts';

const f = './f.mjs#f';
const row = { datatype: 'FP32', shape: [-1, 4] };
const net: ModelSignature = { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }], outputs: [{ name: 'p', datatype: 'FP32', shape: [-1, 3] }] };
const models = { './net.onnx': net };

function rulesBroken(stages: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, string>>): readonly string[] {
  return draftPipeline({ pipeline: 'p', inputs: { x: row }, stages, outputs }, models).findings.map((finding) => `${finding.rule} ${finding.path.join('.')}`);
}

const model = (input: string, more = {}): unknown => ({ onnx: './net.onnx', inputs: { x: input }, ...more });
const call = (inputs: Readonly<Record<string, string>>, more = {}): unknown => ({ function: f, inputs, outputs: { y: row }, ...more });

describe('the tables of rules', () => {
  it('are sorted by name', () => {
    expect(Object.keys(PIPELINE_RULES)).toEqual(Object.keys(PIPELINE_RULES).toSorted());
    expect(Object.keys(CHECKS)).toEqual(Object.keys(CHECKS).toSorted());
  });
});

describe('checkPipeline finds nothing wrong with', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>]>([
    ['a model fed by the input', { net: model('x') }, { p: 'net.p' }],
    ['a model whose `before` makes its inputs', { net: { onnx: './net.onnx', before: f, inputs: { anything: 'x' } } }, { p: 'net.p' }],
    ['a tensor cut into rows for a model that takes any number', { net: model('x', { each: 'x' }), all: call({ p: 'net.p' }, { gather: true }) }, { y: 'all.y' }],
    ['a batch of stages that bring one row each', { net: model('x', { each: 'x', batch: { max: 8 } }), all: call({ p: 'net.p' }, { gather: true }) }, { y: 'all.y' }],
    ['two stages over the parts of one tensor, joined part by part', {
      a: call({ x: 'x' }, { each: 'x' }), b: call({ x: 'x' }, { each: 'x' }), both: call({ a: 'a.y', b: 'b.y' }), all: call({ y: 'both.y' }, { gather: true }),
    }, { y: 'all.y' }],
    ['two scatters one after the other', {
      a: call({ x: 'x' }, { each: 'x' }), all: call({ y: 'a.y' }, { gather: true }), b: call({ y: 'all.y' }, { each: 'y' }), end: call({ y: 'b.y' }, { gather: true }),
    }, { y: 'end.y' }],
    ['an ensemble inside a scatter', {
      a: model('x', { each: 'x' }), b: model('x', { each: 'x' }), vote: { ensemble: 'max', inputs: { a: 'a.p', b: 'b.p' } }, all: call({ p: 'vote.probabilities' }, { gather: true }),
    }, { y: 'all.y' }],
    ['the whole tensor read at the gather of its parts', { a: call({ x: 'x' }, { each: 'x' }), all: call({ y: 'a.y', x: 'x' }, { gather: true }) }, { y: 'all.y' }],
  ])('%s', (_, stages, outputs) => {
    expect(rulesBroken(stages, outputs)).toEqual([]);
  });
});

describe('checkPipeline tells', () => {
  it.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>, readonly string[]]>([
    ['a misspelt stage once, not also as unused', { net: model('x') }, { p: 'nett.p' }, ['PIPELINE_UNKNOWN_REFERENCE outputs.p']],
    ['a misspelt model input once, not also as missing', { net: { onnx: './net.onnx', inputs: { y: 'x' } } }, { p: 'net.p' }, ['PIPELINE_MODEL_INPUT_UNKNOWN stages.net.inputs.y']],
    ['a circle of one', { a: call({ x: 'x', y: 'a.y' }) }, { y: 'a.y' }, ['PIPELINE_CYCLE stages.a.inputs.y']],
    ['two circles, and nothing of what hangs on them', {
      a: call({ x: 'x', b: 'b.y' }), b: call({ a: 'a.y' }), c: call({ d: 'd.y' }), d: call({ c: 'c.y', b: 'b.y' }), e: call({ d: 'd.y' }, { gather: true }),
    }, { y: 'e.y' }, ['PIPELINE_CYCLE stages.a.inputs.b', 'PIPELINE_CYCLE stages.c.inputs.d']],
    ['a stage that is meant by its name alone', { net: model('x') }, { p: 'net' }, ['PIPELINE_UNKNOWN_REFERENCE outputs.p']],
    ['a nested scatter once, not again further down', {
      a: call({ x: 'x' }, { each: 'x' }), b: call({ y: 'a.y' }, { each: 'y' }), c: call({ y: 'b.y' }), all: call({ y: 'c.y' }, { gather: true }),
    }, { y: 'all.y' }, ['PIPELINE_NESTED_EACH stages.b.each']],
    ['what is gathered in one stage and read part by part in another', {
      a: call({ x: 'x' }, { each: 'x' }), all: call({ y: 'a.y' }, { gather: true }), late: call({ y: 'a.y', all: 'all.y' }), end: call({ y: 'late.y' }, { gather: true }),
    }, { y: 'end.y' }, ['PIPELINE_SCATTER_BESIDE stages.late.inputs.all']],
    ['nothing of a stage that is broken already', { net: model('x', { executors: 0 }), next: model('net.anything') }, { p: 'next.p' }, ['PIPELINE_VALUE stages.net.executors']],
    ['a model that was not read neither as missing outputs nor inputs', { net: { onnx: './unread.onnx', inputs: { z: 'x' } }, next: model('net.q') }, { p: 'next.p' }, []],
  ])('%s', (_, stages, outputs, expected) => {
    expect(rulesBroken(stages, outputs)).toEqual(expected);
  });
});
