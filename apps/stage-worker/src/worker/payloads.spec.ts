import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AppError } from '#common/errors';
import { decodeEnvelope, isByReference } from '#common/envelope';
import type { Outcome } from '#common/envelope';
import type { BusRecord } from '#common/ports';
import { int64, numbersIn, StageRig } from '../../../../test/support/stage-rig.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';

const X = '{ x: { datatype: INT64, shape: [-1] } }';

/** The second stage gets the pipeline's input beside what the first made. */
const READS_INPUT_AGAIN = `
pipeline: again
inputs: { x: { datatype: INT64, shape: [-1] } }
stages:
  first: { function: ./f.mjs#plusOne, inputs: { x: x }, outputs: ${X} }
  second: { function: ./f.mjs#timesTen, inputs: { x: first.x }, outputs: ${X} }
  third: { function: ./f.mjs#sum, inputs: { a: second.x, b: x }, outputs: ${X} }
outputs: { x: third.x, early: first.x }
`;

const BY_REFERENCE = { inlineBytes: 0, messageBytes: Infinity };

let rig: StageRig;

afterEach(async () => {
  jest.restoreAllMocks();
  await rig.close();
});

function failure(outcome: Outcome): { readonly kind: string; readonly code: string; readonly message: string; readonly stage?: string } {
  if (outcome.kind === 'result') throw new Error('expected a failure, got a result');
  return { kind: outcome.kind, ...outcome.error };
}

async function ending(outcome: Promise<Outcome>, advanceMs: number): Promise<Outcome> {
  let ended: Outcome | undefined;
  void outcome.then((each) => { ended = each; });
  await waitUntil('the outcome', () => { rig.clock.advance(advanceMs); return ended; });
  return ended as unknown as Outcome;
}

/** The payloads of a request's first message. */
async function untilGone([record]: readonly BusRecord[]): Promise<void> {
  const tensor = decodeEnvelope(record?.bytes ?? new Uint8Array()).tensors[0]?.tensor;
  if (tensor === undefined || !isByReference(tensor)) throw new Error('the input should have travelled by reference');
  await waitUntil('the input to be gone', () => rig.engine.payloads.get(tensor.ref).then(() => false, (error: AppError) => error.code === 'PAYLOAD_LOST'));
}

const away = (): Promise<never> => Promise.reject(new AppError('STORE_UNAVAILABLE', 'away'));

describe('payloads of a request', () => {
  it('are stored once each, however many stages pass them on, and go when it ends', async () => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: BY_REFERENCE });
    const put = jest.spyOn(rig.engine.payloads, 'put');
    const drop = jest.spyOn(rig.engine.payloads, 'drop');
    const { requestId, outcome, records } = await rig.submit({ x: int64(1, 2) });
    const ended = await outcome;
    expect([numbersIn(ended, 'x').length, ended.kind === 'result' && ended.tensors.map(({ tensor }) => isByReference(tensor))]).toEqual([2, [false, false]]);
    // The input, first.x and second.x. What the last stage makes goes into the outcome.
    expect(put).toHaveBeenCalledTimes(3);
    expect(drop).toHaveBeenCalledWith(requestId);
    await untilGone(records);
  });

  it('that are lost end it in an error of the stage that missed them, with a dead letter', async () => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: BY_REFERENCE });
    jest.spyOn(rig.engine.payloads, 'put').mockResolvedValueOnce({ key: 'lost/1-0', size: 8, sha256: 'f'.repeat(64) });
    const { outcome } = await rig.submit({ x: int64(1) });
    expect(failure(await outcome)).toMatchObject({ kind: 'error', code: 'PAYLOAD_LOST', stage: 'first' });
    expect(await rig.deadLetters('first')).toHaveLength(1);
  });

  it('are missed by nobody once it has ended: a record that comes back is dropped without a dead letter', async () => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: BY_REFERENCE, between: (scope) => ({ ...scope, replies: forgetful(scope.replies) }) });
    const { outcome, records } = await rig.submit({ x: int64(1) });
    await outcome;
    await untilGone(records);
    await rig.engine.bus.publish(records);
    await waitUntil('the record to be settled', async () => rig.worker('first').counters.droppedTotal === 1 && (await rig.lag('first')) === 0);
    expect(await rig.deadLetters('first')).toEqual([]);
  });
});

describe('a payload store that is away', () => {
  it.each(['put', 'get'] as const)('holds the request until %s works again', async (call) => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: BY_REFERENCE });
    const { payloads } = rig.engine;
    const put = payloads.put.bind(payloads);
    // The first put is that of the test itself, as the ingress.
    if (call === 'put') jest.spyOn(payloads, 'put').mockImplementationOnce(put).mockImplementationOnce(away);
    else jest.spyOn(payloads, 'get').mockImplementationOnce(away);
    const sent = await rig.submit({ x: int64(1) });
    expect(numbersIn(await ending(sent.outcome, 100), 'x')).toEqual([21]);
    expect(rig.log.entries.some(({ level, message }) => level === 'warn' && message.includes('payloads'))).toBe(true);
  });

  it.each([['put', 'before emit'], ['get', 'before batch']] as const)('ends the request with its deadline when %s never works', async (call, where) => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: BY_REFERENCE });
    const sending = rig.submit({ x: int64(1) }, { deadlineMs: 3_000 });
    if (call === 'get') jest.spyOn(rig.engine.payloads, 'get').mockImplementation(away);
    const { outcome } = await sending;
    if (call === 'put') jest.spyOn(rig.engine.payloads, 'put').mockImplementation(away);
    const told = failure(await ending(outcome, 250));
    expect(told).toMatchObject({ kind: 'deadline', message: expect.stringContaining(where) });
    await waitUntil('everything to be settled', async () => (await rig.lag('first')) + (await rig.lag('second')) + (await rig.lag('third')) === 0);
  });
});

describe('a message that no bus would take', () => {
  it('is not sent: its request ends in PAYLOAD_TOO_LARGE of the stage that made it', async () => {
    rig = await StageRig.open({ yaml: READS_INPUT_AGAIN, messageLimits: { inlineBytes: 1_000, messageBytes: 1_200 } });
    const small = await rig.submit({ x: int64(...Array<number>(5).fill(1)) });
    expect(numbersIn(await small.outcome, 'x')).toHaveLength(5);
    const { outcome } = await rig.submit({ x: int64(...Array<number>(60).fill(1)) });
    expect(failure(await outcome)).toMatchObject({ kind: 'error', code: 'PAYLOAD_TOO_LARGE', stage: 'first', message: expect.stringContaining('MILLRACE_KAFKA_MAX_RECORD_BYTES') });
    expect(await rig.deadLetters('first')).toEqual([]);
    await waitUntil('everything to be settled', async () => (await rig.lag('first')) === 0);
  });
});

/** Replies whose memory of ended requests is gone, as in a worker that has just started. */
function forgetful(replies: StageRig['engine']['replies']): StageRig['engine']['replies'] {
  return {
    accept: (record) => replies.accept(record),
    wait: (id, signal) => replies.wait(id, signal),
    complete: (id, outcome) => replies.complete(id, outcome),
    peek: (id) => replies.peek(id),
    progress: (id, stage) => replies.progress(id, stage),
    hasEnded: () => false,
    overdue: (nowMs, limit) => replies.overdue(nowMs, limit),
  };
}
