import { afterEach, describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { Outcome } from '#common/envelope';
import type { BusRecord, Delivery } from '#common/ports';
import { ScriptedExecutor } from '../../../../test/support/scripted-executor.ts';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import type { RigOptions } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { wrapBus } from '../../../../test/support/wrapped-bus.ts';
import type { ExecuteCall, ExecuteOutputs } from '../executors/index.ts';
import type { StageScope } from './stage-scope.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

function oneStage(exportName: string, more = ''): string {
  return `
pipeline: one-stage
inputs: ${X}
stages:
  only: { function: ./f.mjs#${exportName}, inputs: { x: x }, outputs: ${X}${more === '' ? '' : `, ${more}`} }
outputs: { x: only.x }
`;
}

const JOINING = `
pipeline: joining
inputs: ${X}
stages:
  left: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  right: { function: ./f.mjs#timesTen, inputs: { x: x }, outputs: ${X} }
  both: { function: ./f.mjs#sum, inputs: { a: left.x, b: right.x }, outputs: ${X} }
outputs: { x: both.x }
`;

const echo = (call: ExecuteCall): ExecuteOutputs => ({ x: call.inputs['x'] ?? int64() });

let rig: StageRig;

async function open(options: RigOptions): Promise<StageRig> {
  rig = await StageRig.open(options);
  return rig;
}

afterEach(async () => {
  await rig.close();
});

function failure(outcome: Outcome): { readonly kind: string; readonly code: string; readonly message: string; readonly stage?: string; readonly retryable: boolean; readonly reason?: string } {
  if (outcome.kind === 'result') throw new Error('expected a failure, got a result');
  return { kind: outcome.kind, ...outcome.error };
}

describe('a stage that fails', () => {
  it('is executed again in place, and the answer tells of every attempt', async () => {
    await open({ yaml: oneStage('flaky', 'retry: { attempts: 3, backoff: 400ms }') });
    const { outcome } = await rig.submit({ x: int64(7) }, { parameters: { times: 2 } });
    const { counters } = rig.worker('only');
    for (const retries of [1, 2]) {
      await waitUntil(`retry ${String(retries)}`, () => counters.retriedTotal === retries);
      rig.clock.advance(800);
    }
    const ended = await outcome;
    expect(numbersIn(ended, 'x')).toEqual([7]);
    expect(ended.timings.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(await rig.deadLetters('only')).toEqual([]);
  });

  it('is dead-lettered after its attempts, with origin and reason, and the request ends in the error', async () => {
    await open({ yaml: oneStage('flaky', 'retry: { attempts: 2, backoff: 10ms }') });
    const { requestId, outcome, records } = await rig.submit({ x: int64(7) }, { parameters: { times: 9 } });
    await waitUntil('the retry', () => rig.worker('only').counters.retriedTotal === 1);
    rig.clock.advance(20);
    expect(failure(await outcome)).toMatchObject({ kind: 'error', code: 'STAGE_FAILED', stage: 'only', retryable: true, message: expect.stringMatching(/"only".*failure 2 of 9/s) });
    const [letter, ...others] = await rig.deadLetters('only');
    expect(others).toEqual([]);
    expect(letter?.bytes).toEqual(records[0]?.bytes);
    expect(letter?.headers).toMatchObject({
      'millrace-origin-topic': 'millrace.one-stage.only', 'millrace-origin-offset': '0', 'millrace-group': 'millrace.one-stage.only', 'millrace-worker': 'only-0',
      'millrace-request-id': requestId, 'millrace-error-code': 'STAGE_FAILED', 'millrace-attempts': '2',
    });
    await waitUntil('the record to be settled', async () => (await rig.lag('only')) === 0);
  });

  it('waits a longer time in the retry topic, with its record settled', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: oneStage('plusOne', 'retry: { attempts: 2, backoff: 2s }'), executors: { only: executor } });
    const { outcome } = await rig.submit({ x: int64(7) });
    await waitUntil('the first attempt', () => executor.calls.length === 1);
    executor.end(() => {
      throw new AppError('EXECUTOR_CRASHED', 'gone');
    });
    await waitUntil('the record to move', async () => (await rig.lag('only')) === 0 && rig.worker('only').inHand === 1);
    executor.answerAll(echo);
    rig.clock.advance(1_900);
    expect(executor.calls).toHaveLength(1);
    rig.clock.advance(200);
    expect((await outcome).timings.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('is not tried again when the wait would pass the deadline', async () => {
    await open({ yaml: oneStage('flaky', 'retry: { attempts: 5, backoff: 30s }') });
    const { outcome } = await rig.submit({ x: int64(7) }, { parameters: { times: 9 }, deadlineMs: 5_000 });
    expect(failure(await outcome).code).toBe('STAGE_FAILED');
    expect(await rig.deadLetters('only')).toHaveLength(1);
  });

  it('that refuses its input answers the caller and is never dead-lettered', async () => {
    await open({ yaml: oneStage('strict', 'retry: { attempts: 5 }') });
    const { outcome } = await rig.submit({ x: int64(101) });
    expect(failure(await outcome)).toMatchObject({ kind: 'error', code: 'INPUT_REJECTED', reason: 'TOO_LARGE', stage: 'only', message: expect.stringMatching(/only.*101 is above 100/s) });
    expect(await rig.deadLetters('only')).toEqual([]);
  });

  it('dead-letters every part of a join, and ends the request once', async () => {
    const executor = new ScriptedExecutor();
    executor.answerAll(() => {
      throw new AppError('BAD_OUTPUT', 'nonsense');
    });
    await open({ yaml: JOINING, executors: { both: executor } });
    const { requestId, outcome } = await rig.submit({ x: int64(1) });
    expect(failure(await outcome)).toMatchObject({ code: 'BAD_OUTPUT', stage: 'both', message: 'stage "both": nonsense' });
    const letters = await rig.deadLetters('both');
    expect(letters.map(({ headers }) => headers['millrace-part'])).toEqual(['1/2', '2/2']);
    expect(letters.map(({ headers }) => headers['millrace-request-id'])).toEqual([requestId, requestId]);
    expect(letters.filter(({ headers }) => 'millrace-origin-offset' in headers)).toHaveLength(1);
    await waitUntil('everything to be settled', async () => (await rig.lag('both')) === 0);
  });

  it('fails one bad request of a batch alone', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: oneStage('plusOne', 'batch: { max: 8 }, retry: { attempts: 1 }'), executors: { only: executor } });
    const first = await rig.submit({ x: int64(0) });
    const rest = await Promise.all([1, 13, 3].map((x) => rig.submit({ x: int64(x) })));
    await waitUntil('all to be in hand', () => rig.worker('only').inHand === 4);
    executor.answerAll((call) => {
      const values = new BigInt64Array((call.inputs['x'] ?? int64()).bytes.slice().buffer);
      if (values.includes(13n)) throw new AppError('STAGE_FAILED', 'unlucky');
      return echo(call);
    });
    expect(numbersIn(await first.outcome, 'x')).toEqual([0]);
    const [one, bad, three] = await Promise.all(rest.map(({ outcome }) => outcome));
    expect(one !== undefined && numbersIn(one, 'x')).toEqual([1]);
    expect(three !== undefined && numbersIn(three, 'x')).toEqual([3]);
    expect(bad !== undefined && failure(bad).code).toBe('STAGE_FAILED');
    expect(executor.calls.map(({ requestIds }) => requestIds.length)).toEqual([1, 3, 1, 1, 1]);
    expect(await rig.deadLetters('only')).toHaveLength(1);
  });
});

describe('work that serves nobody any more', () => {
  it('is ended with its deadline before it is computed, and the answer says where the time went', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: oneStage('plusOne'), executors: { only: executor } });
    const first = await rig.submit({ x: int64(1) });
    const second = await rig.submit({ x: int64(2) }, { deadlineMs: 150 });
    await waitUntil('both to be in hand', () => rig.worker('only').inHand === 2 && executor.calls.length === 1);
    // The queue is looked through every 100 ms.
    rig.clock.advance(200);
    const error = failure(await second.outcome);
    expect(error).toMatchObject({ kind: 'deadline', code: 'DEADLINE_EXCEEDED', stage: 'only' });
    expect(error.message).toBe('stage "only" had 0 of 150 ms left before compute: queue 0 ms, batch wait 200 ms, transport 0 ms. Longest: "only" batch wait 200 ms.');
    executor.answerAll(echo);
    expect(numbersIn(await first.outcome, 'x')).toEqual([1]);
    await waitUntil('everything to be settled', async () => (await rig.lag('only')) === 0);
    expect(executor.calls).toHaveLength(1);
  });

  it('is ended before the join when it comes too late', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: oneStage('plusOne'), executors: { only: executor } });
    const { outcome } = await rig.submit({ x: int64(1) }, { change: (envelope) => ({ ...envelope, deadlineMs: envelope.acceptedAtMs }) });
    expect(failure(await outcome).code).toBe('DEADLINE_EXCEEDED');
    expect(executor.calls).toEqual([]);
  });

  it('is dropped when the request was cancelled', async () => {
    const executor = new ScriptedExecutor();
    await open({ yaml: oneStage('plusOne'), executors: { only: executor } });
    const first = await rig.submit({ x: int64(1) });
    const second = await rig.submit({ x: int64(2) });
    await waitUntil('both to be in hand', () => rig.worker('only').inHand === 2 && executor.calls.length === 1);
    await rig.engine.replies.complete(second.requestId, { kind: 'cancelled', atMs: rig.clock.clusterNow(), timings: [], error: { code: 'CANCELLED', message: 'the caller left', retryable: false } });
    executor.answerAll(echo);
    await first.outcome;
    await waitUntil('everything to be settled', async () => (await rig.lag('only')) === 0);
    expect(executor.calls).toHaveLength(1);
    expect(rig.worker('only').counters.droppedTotal).toBe(1);
    expect((await second.outcome).kind).toBe('cancelled');
  });
});

describe('a record nobody can work on', () => {
  it('is dead-lettered when it is no message at all, and blocks no neighbour', async () => {
    await open({ yaml: oneStage('plusOne') });
    const poison: BusRecord = { topic: 'millrace.one-stage.only', key: 'poison', bytes: Uint8Array.of(1, 2, 3) };
    await rig.engine.bus.publish([poison]);
    const { outcome } = await rig.submit({ x: int64(1) });
    expect(numbersIn(await outcome, 'x')).toEqual([2]);
    await waitUntil('everything to be settled', async () => (await rig.lag('only')) === 0);
    const letters = await rig.deadLetters('only');
    expect(letters.map(({ bytes, headers }) => [[...bytes], headers['millrace-error-code']])).toEqual([[[1, 2, 3], 'ENVELOPE_INVALID']]);
  });

  it('is parked, never dead-lettered, when a newer Millrace wrote it', async () => {
    await open({ yaml: oneStage('plusOne') });
    const { records } = await rig.submit({ x: int64(1) }, { change: (envelope) => ({ ...envelope, deadlineMs: envelope.acceptedAtMs }) });
    const newer = (records[0] as BusRecord).bytes.slice();
    newer[4] = 200;
    await rig.engine.bus.publish([{ topic: 'millrace.one-stage.only', bytes: newer }]);
    const { counters } = rig.worker('only');
    await waitUntil('the record to be parked', () => counters.parkedTotal === 1);
    await waitUntil('the original to be settled', async () => (await rig.lag('only')) === 0 && rig.worker('only').inHand === 1);
    rig.clock.advance(5_000);
    await waitUntil('the record to be parked again', () => counters.parkedTotal === 2);
    expect(await rig.deadLetters('only')).toEqual([]);
  });

  it('waits for a worker that knows its version, up to its deadline', async () => {
    await open({ yaml: oneStage('plusOne') });
    const { outcome } = await rig.submit({ x: int64(1) }, { deadlineMs: 6_000, change: (envelope) => ({ ...envelope, version: 'another' }) });
    const { counters } = rig.worker('only');
    await waitUntil('the record to be parked', () => counters.parkedTotal === 1 && rig.worker('only').inHand === 1);
    rig.clock.advance(5_000);
    await waitUntil('the record to be parked again', () => counters.parkedTotal === 2 && rig.worker('only').inHand === 1);
    rig.clock.advance(10_000);
    expect(failure(await outcome)).toMatchObject({ kind: 'error', code: 'VERSION_GONE' });
    expect(await rig.deadLetters('only')).toEqual([]);
  });

  it('ends at once with VERSION_GONE where no other worker can know its version', async () => {
    await open({ yaml: oneStage('plusOne'), unknownVersion: 'end' });
    const { outcome } = await rig.submit({ x: int64(1) }, { change: (envelope) => ({ ...envelope, version: 'another' }) });
    expect(failure(await outcome).message).toMatch(/version another of pipeline "one-stage", but runs [0-9a-f]{16}/);
  });

  it('that comes back while it runs is not run again, and is settled with the running one', async () => {
    const executor = new ScriptedExecutor();
    let handed: ((delivery: Delivery) => void) | undefined;
    let first: Delivery | undefined;
    const between = (scope: StageScope): StageScope => ({ ...scope, bus: wrapBus(scope.bus, { deliver: (delivery, handle) => { handed = handle; first = delivery; handle(delivery); } }) });
    await open({ yaml: oneStage('plusOne'), executors: { only: executor }, between });
    const { outcome } = await rig.submit({ x: int64(1) });
    await waitUntil('the record to run', () => executor.calls.length === 1);
    let settled = 0;
    const { topic, partition, offset, key, headers, bytes } = first as Delivery;
    handed?.({ topic, partition, offset, key, headers, bytes, redelivered: true, settle: () => { settled += 1; } });
    await Promise.resolve();
    expect(settled).toBe(0);
    executor.answerAll(echo);
    await outcome;
    await waitUntil('both deliveries to be settled', async () => settled === 1 && (await rig.lag('only')) === 0);
    expect(executor.calls).toHaveLength(1);
  });
});
