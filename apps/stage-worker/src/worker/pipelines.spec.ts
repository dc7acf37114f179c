import { afterEach, describe, expect, it } from '@jest/globals';
import { NO_MESSAGE_LIMITS } from '#common/payloads';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

const CHAIN = `
pipeline: chain-of-two
inputs: ${X}
stages:
  first: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  second: { function: ./f.mjs#timesTen, inputs: { x: first.x }, outputs: ${X}, batch: { max: 4 } }
outputs: { x: second.x }
`;

const DIAMOND = `
pipeline: diamond
inputs: ${X}
stages:
  left: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  right: { function: ./f.mjs#timesTen, inputs: { x: x }, outputs: ${X} }
  both: { function: ./f.mjs#sum, inputs: { a: left.x, b: right.x }, outputs: ${X}, join: all }
outputs: { x: both.x }
`;

const TWO_ANSWERS = `
pipeline: two-answers
inputs: ${X}
stages:
  left: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: { x: { datatype: INT64, shape: [-1] } } }
  right: { function: ./f.mjs#timesTen, inputs: { x: x }, outputs: { x: { datatype: INT64, shape: [-1] } } }
outputs: { more: left.x, much: right.x }
`;

const SCATTER = `
pipeline: scatter
inputs: { n: { datatype: INT64, shape: [1] } }
stages:
  cut: { function: ./f.mjs#pieces, inputs: { n: n }, outputs: { piece: { datatype: INT64, shape: [1], list: true } } }
  each: { function: ./f.mjs#plusOne, each: x, inputs: { x: cut.piece }, outputs: { x: { datatype: INT64, shape: [-1] } }, batch: { max: 8 } }
  all:
    function: ./f.mjs#collect
    gather: true
    inputs: { piece: each.x, n: n }
    outputs:
      count: { datatype: INT64, shape: [1] }
      total: { datatype: INT64, shape: [1] }
      values: { datatype: INT64, shape: [-1] }
      n: { datatype: INT64, shape: [1] }
outputs: { count: all.count, total: all.total, values: all.values, n: all.n }
`;

let rig: StageRig | undefined;

afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const BY_REFERENCE = { inlineBytes: 0, messageBytes: Infinity };

describe.each([
  ['in messages', NO_MESSAGE_LIMITS],
  ['by reference', BY_REFERENCE],
])('workers with real functions over the embedded engine, tensors %s,', (_form, messageLimits) => {
  it('answer a chain of two stages, with a timing for each', async () => {
    rig = await StageRig.open({ yaml: CHAIN, messageLimits });
    const sent = await Promise.all([1, 2, 3, 4, 5].map((x) => (rig as StageRig).submit({ x: int64(x) })));
    const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => numbersIn(outcome, 'x'))).toEqual([[20], [30], [40], [50], [60]]);
    expect(outcomes[0]?.timings.map(({ stage, attempt }) => [stage, attempt])).toEqual([['first', 1], ['second', 1]]);
    await waitUntil('everything to be settled', async () => (await rig?.lag('first')) === 0 && (await rig?.lag('second')) === 0);
  });

  it('join the branches of a fan-out, and settle every part', async () => {
    rig = await StageRig.open({ yaml: DIAMOND, messageLimits });
    const sent = await Promise.all(Array.from({ length: 20 }, (_, x) => (rig as StageRig).submit({ x: int64(x) })));
    const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => numbersIn(outcome, 'x'))).toEqual(sent.map((_, x) => [x + 1 + 10 * x]));
    expect(outcomes[0]?.timings.map(({ stage }) => stage).sort()).toEqual(['both', 'left', 'right']);
    await waitUntil('everything to be settled', async () => (await rig?.lag('both')) === 0);
    expect(rig.worker('both').counters.executedTotal).toBe(20);
  });

  it('complete an answer that comes from several stages, once', async () => {
    rig = await StageRig.open({ yaml: TWO_ANSWERS, messageLimits });
    const sent = await Promise.all([3, 4].map((x) => (rig as StageRig).submit({ x: int64(x) })));
    const outcomes = await Promise.all(sent.map(({ outcome }) => outcome));
    expect(outcomes.map((outcome) => outcome.kind === 'result' && outcome.tensors.map(({ stage, name }) => [stage, name]))).toEqual([
      [[0, 'x'], [1, 'x']],
      [[0, 'x'], [1, 'x']],
    ]);
    await waitUntil('everything to be settled', async () => (await rig?.lag('left')) === 0 && (await rig?.lag('right')) === 0);
    expect(rig.worker('left').counters.lateTotal + rig.worker('right').counters.lateTotal).toBe(0);
  });

  it.each([0, 1, 2, 40])('scatter over %i pieces and gather them in order', async (n) => {
    rig = await StageRig.open({ yaml: SCATTER, messageLimits });
    const outcome = await (await rig.submit({ n: int64(n) })).outcome;
    expect(numbersIn(outcome, 'values')).toEqual(Array.from({ length: n }, (_, i) => i + 1));
    expect(numbersIn(outcome, 'count')).toEqual([n]);
    expect(numbersIn(outcome, 'n')).toEqual([n]);
    expect(rig.worker('each').counters.executedTotal).toBe(n);
    expect(rig.worker('all').counters.executedTotal).toBe(1);
    await waitUntil('everything to be settled', async () => (await rig?.lag('all')) === 0);
  });
});
