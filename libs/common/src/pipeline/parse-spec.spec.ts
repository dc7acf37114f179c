import { describe, expect, it } from '@jest/globals';
import { parseSpec } from './parse-spec.ts';

const row = { datatype: 'FP32', shape: [-1] };
const stage = { function: './f.mjs#f', inputs: { x: 'x' }, outputs: { y: row } };
const good = { pipeline: 'p', inputs: { x: row }, stages: { a: stage }, outputs: { y: 'a.y' } };

function told(raw: unknown): readonly string[] {
  return parseSpec(raw).findings.map(({ rule, path, message, suggestion }) => `${rule} ${path.join('.')}: ${message}${suggestion === undefined ? '' : ` [${suggestion}]`}`);
}

const inStage = (more: Readonly<Record<string, unknown>>): unknown => ({ ...good, stages: { a: { ...stage, ...more } } });

describe('parseSpec', () => {
  it('takes a sound file as it is and fills in defaults', () => {
    const { spec, findings } = parseSpec(good);
    expect(findings).toEqual([]);
    expect(spec?.stages['a']).toMatchObject({ ...stage, timeout: '30s', batch: { max: 1, within: '0ms' }, retry: { attempts: 3, backoff: '50ms' } });
  });

  it.each<[unknown, string]>([
    [{ ...good, pipeline: 'Small Pipeline' }, 'PIPELINE_NAME pipeline: `pipeline` is "Small Pipeline": expected small letters, digits and dashes, at most 63, a letter or digit first.'],
    [{ ...good, slo: { accuracy: 0 } }, 'PIPELINE_VALUE slo.accuracy: `slo.accuracy` is 0: expected a number above 0, at most 1.'],
    [{ ...good, outputs: { y: 'a b' } }, 'PIPELINE_VALUE outputs.y: `outputs.y` is "a b": expected `tensor` (an input of the pipeline) or `stage.tensor`.'],
    [inStage({ timeout: '30 s' }), 'PIPELINE_VALUE stages.a.timeout: `timeout` of stage "a" is "30 s": expected a time above zero such as 150ms, 2s, 5m or 1h.'],
    [inStage({ timeout: 30 }), 'PIPELINE_VALUE stages.a.timeout: `timeout` of stage "a" is 30: expected a time above zero such as 150ms, 2s, 5m or 1h.'],
    [inStage({ executors: 1.5 }), 'PIPELINE_VALUE stages.a.executors: `executors` of stage "a" is 1.5: expected a whole number from 1 to 64.'],
    [inStage({ join: 'any' }), 'PIPELINE_VALUE stages.a.join: `join` of stage "a" is "any": expected all.'],
    [inStage({ isolation: 'proces' }), 'PIPELINE_VALUE stages.a.isolation: `isolation` of stage "a" is "proces": expected one of thread, process. [process]'],
    [inStage({ gather: false }), 'PIPELINE_VALUE stages.a.gather: `gather` of stage "a" is false: expected true.'],
    [inStage({ batch: { max: 8, whithin: '2ms' } }), 'PIPELINE_UNKNOWN_KEY stages.a.batch.whithin: "whithin" is no key of `batch` of stage "a". [within]'],
    [inStage({ variants: [] }), 'PIPELINE_UNKNOWN_KEY stages.a.variants: "variants" is no key of stage "a". It knows function, inputs, executors, timeout, retry, batch, join, each, gather, outputs, isolation.'],
    [inStage({ warmup: {} }), 'PIPELINE_UNKNOWN_KEY stages.a.warmup: "warmup" is no key of stage "a". `warmup` belongs to a stage with `onnx`.'],
    [{ ...good, stages: { a: { ensemble: 'mean', inputs: { x: 'x' }, outputs: {} } } }, 'PIPELINE_UNKNOWN_KEY stages.a.outputs: "outputs" is no key of stage "a". An ensemble makes `probabilities` and `label` by itself.'],
    [{ ...good, stages: { a: { ...stage, function: 'f.mjs' } } }, 'PIPELINE_VALUE stages.a.function: `function` of stage "a" is "f.mjs": expected a module beside the pipeline file and what it exports, such as ./functions/digits.mjs#scale.'],
    [{ ...good, inputs: { x: { ...row, shape: [-2] } } }, 'PIPELINE_VALUE inputs.x.shape.0: `shape[0]` of `inputs.x` is -2: expected a whole number from -1 to 2147483647.'],
  ])('says of %j', (raw, message) => {
    expect(told(raw)).toEqual([message]);
  });

  it('keeps what is sound beside what is broken', () => {
    const { spec, broken } = parseSpec({ ...good, pipeline: 7, stages: { a: stage, b: { ...stage, executors: 0 } }, outputs: { y: 'a.y', z: 3 } });
    expect(Object.keys(spec?.stages ?? {})).toEqual(['a']);
    expect(broken).toEqual({ stages: new Set(['b']), inputs: new Set(), outputs: true });
  });

  it('never changes what it was given', () => {
    const raw = { ...good, stages: { a: stage, b: { ...stage, executors: 0 } } };
    const before = structuredClone(raw);
    parseSpec(raw);
    expect(raw).toEqual(before);
  });
});
