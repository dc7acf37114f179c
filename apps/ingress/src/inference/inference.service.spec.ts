import { describe, expect, it } from '@jest/globals';
import { decodeEnvelope } from '#common/envelope';
import type { Outcome } from '#common/envelope';
import { AppError } from '#common/errors';
import { fromTypedArray } from '#common/inference';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { CountingRandom, JournalBus, JournalReplies, ListFleet, ListLog, catalogOf, idleClaims, twoStagePipeline, workerReport } from '../../../../test/support/ingress-doubles.ts';
import { waitUntil } from '../../../../test/support/wait-until.ts';
import { Acceptor, Admission, InferenceService, PipelineDirectory, Readiness } from './index.ts';
import type { InferCall } from './index.ts';

const X = fromTypedArray('FP32', [1, 2], new Float32Array([1, 2]));
const RESULT: Outcome = { kind: 'result', atMs: 0, timings: [], tensors: [{ stage: 1, name: 'y', tensor: X }] };

async function setUp() {
  const journal: string[] = [];
  const clock = new FakeClock();
  const pipeline = twoStagePipeline();
  const fleet = new ListFleet();
  fleet.reports = [workerReport(pipeline, 'first'), workerReport(pipeline, 'second')];
  const bus = new JournalBus(journal);
  const replies = new JournalReplies(journal);
  const log = new ListLog();
  const directory = new PipelineDirectory(await catalogOf(pipeline), new Readiness(fleet, clock));
  const admission = new Admission({ maxRequests: 2, maxBytes: 1000 });
  const acceptor = new Acceptor({ directory, admission, bus, replies, claims: idleClaims(), clock, random: new CountingRandom(), log, prefix: 'millrace' });
  const service = new InferenceService({ acceptor, replies, claims: idleClaims(), clock });
  return { journal, clock, pipeline, fleet, bus, replies, log, admission, acceptor, service };
}

function call(changes: Partial<InferCall> = {}): InferCall {
  return {
    pipeline: 'pair', request: { id: 'mine', parameters: {}, inputs: { x: X } }, bytes: 8, tenant: 'default', traceparent: '', tracestate: '',
    signal: new AbortController().signal, ...changes,
  };
}

type World = Awaited<ReturnType<typeof setUp>>;
const untilPublished = ({ bus }: World) => waitUntil('the first hops are published', () => bus.published.length > 0);

describe('a request that is answered', () => {
  it('is accepted before it is waited for, and waited for before it is published', async () => {
    const world = await setUp();
    world.bus.onPublish = () => void world.replies.complete('request-1', RESULT);
    const answer = await world.service.infer(call());
    expect(world.journal).toEqual(['accept', 'wait', 'publish', 'complete result']);
    expect(answer).toMatchObject({ state: 'succeeded', requestId: 'request-1', response: { pipeline: 'pair', version: '0123456789abcdef', id: 'mine', outputs: { y: X } } });
  });

  it('starts with one envelope to its first stage, durable in the accept record too', async () => {
    const world = await setUp();
    world.bus.onPublish = () => void world.replies.complete('request-1', RESULT);
    await world.service.infer(call({ traceparent: '00-a-b-01' }));
    const [record] = world.bus.published;
    expect(record).toMatchObject({ topic: 'millrace.pair.first', key: 'request-1' });
    expect(world.replies.accepted.get('request-1')?.entry).toEqual(world.bus.published);
    const envelope = decodeEnvelope(record?.bytes ?? new Uint8Array());
    expect(envelope).toMatchObject({ requestId: 'request-1', stage: 0, from: -1, run: 1, attempt: 1, traceparent: '00-a-b-01', tenant: 'default' });
    expect(envelope.deadlineMs - envelope.acceptedAtMs).toBe(10_000);
  });

  it('gives its place back and leaves no timer and no waiter behind', async () => {
    const world = await setUp();
    world.bus.onPublish = () => void world.replies.complete('request-1', RESULT);
    await world.service.infer(call());
    expect(world.admission.inFlight).toBe(0);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.replies.waiting).toBe(0);
    expect(world.service.waiting).toBe(0);
  });

  it('shows the error of the stage that failed', async () => {
    const world = await setUp();
    const error = { code: 'STAGE_FAILED', message: 'stage "second" threw', retryable: true, stage: 'second' } as const;
    world.bus.onPublish = () => void world.replies.complete('request-1', { kind: 'error', atMs: 0, timings: [], error });
    expect(await world.service.infer(call())).toMatchObject({ state: 'failed', requestId: 'request-1', error });
  });
});

describe('a request whose time runs out', () => {
  it('ends in a deadline outcome that names the stage at work, written before it is told', async () => {
    const world = await setUp();
    const answering = world.service.infer(call({ request: { parameters: { timeout: 150_000 }, inputs: { x: X } } }));
    await untilPublished(world);
    world.replies.progress('request-1', 'first');
    world.clock.advance(150);
    const answer = await answering;
    expect(answer).toMatchObject({ state: 'failed', error: { code: 'DEADLINE_EXCEEDED', stage: 'second', retryable: true } });
    expect(answer.state === 'failed' && answer.error.message).toBe(
      'pipeline "pair": 150 ms passed before the answer was ready; stage "second" had not finished (done before it: first). Raise the parameter "timeout" (microseconds) or the pipeline\'s deadline.',
    );
    expect(world.replies.outcomes.get('request-1')?.kind).toBe('deadline');
    expect(world.admission.inFlight).toBe(0);
  });

  it('shows the result when a worker wrote it first', async () => {
    const world = await setUp();
    const answering = world.service.infer(call());
    await untilPublished(world);
    world.replies.outcomes.set('request-1', RESULT);
    world.clock.advance(10_000);
    expect(await answering).toMatchObject({ state: 'succeeded' });
  });

  it('is told OUTCOME_UNKNOWN with its id when the store is away at that moment, which ends nothing', async () => {
    const world = await setUp();
    const answering = world.service.infer(call());
    await untilPublished(world);
    world.replies.failWith = new AppError('STORE_UNAVAILABLE', 'the store is away');
    world.clock.advance(10_000);
    const answer = await answering;
    expect(answer).toMatchObject({ state: 'failed', requestId: 'request-1', error: { code: 'OUTCOME_UNKNOWN', retryable: true } });
    expect(world.replies.outcomes.size).toBe(0);
    expect(world.replies.waiting).toBe(0);
  });
});

describe('a caller who goes away', () => {
  it('cancels a synchronous request', async () => {
    const world = await setUp();
    const gone = new AbortController();
    const answering = world.service.infer(call({ signal: gone.signal }));
    await untilPublished(world);
    gone.abort();
    expect(await answering).toMatchObject({ state: 'failed', error: { code: 'CANCELLED' } });
    expect(world.replies.outcomes.get('request-1')?.kind).toBe('cancelled');
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('cancels nothing that was submitted to be fetched later', async () => {
    const world = await setUp();
    const gone = new AbortController();
    const answering = world.service.submit(call({ signal: gone.signal }), 5000);
    await untilPublished(world);
    gone.abort();
    expect(await answering).toMatchObject({ state: 'pending', requestId: 'request-1' });
    expect(world.replies.outcomes.size).toBe(0);
  });
});

describe('a submitted request', () => {
  it('is answered at once and holds its place until it ends', async () => {
    const world = await setUp();
    expect(await world.service.submit(call(), 0)).toMatchObject({ state: 'pending' });
    expect(world.replies.accepted.get('request-1')).toMatchObject({ mode: 'async', clientId: 'mine' });
    expect(world.admission.inFlight).toBe(1);
    await world.replies.complete('request-1', RESULT);
    await waitUntil('the place is given back', () => world.admission.inFlight === 0);
  });

  it('has a deadline of its own, from the pipeline', async () => {
    const world = await setUp();
    await world.service.submit(call(), 0);
    const record = world.replies.accepted.get('request-1');
    expect((record?.deadlineMs ?? 0) - (record?.acceptedAtMs ?? 0)).toBe(3_600_000);
  });

  it('is answered with its result when that comes within the wait', async () => {
    const world = await setUp();
    const answering = world.service.submit(call(), 5000);
    await untilPublished(world);
    await world.replies.complete('request-1', RESULT);
    expect(await answering).toMatchObject({ state: 'succeeded' });
  });

  it('stays pending when the wait is over first', async () => {
    const world = await setUp();
    const answering = world.service.submit(call(), 5000);
    await untilPublished(world);
    await waitUntil('the wait has begun', () => world.clock.pendingTimers > 0);
    world.clock.advance(5000);
    expect(await answering).toMatchObject({ state: 'pending' });
  });
});

describe('a refusal', () => {
  it.each([
    ['an unknown pipeline', { pipeline: 'pear' }, 'MODEL_NOT_FOUND', 'there is no pipeline "pear". Did you mean "pair"?'],
    ['an unknown version', { version: 'v9' }, 'MODEL_NOT_FOUND', 'pipeline "pair" has no version "v9". Loaded: 0123456789abcdef.'],
    ['an unknown version in the name', { pipeline: 'pair@v9' }, 'MODEL_NOT_FOUND', 'has no version "v9"'],
    ['a missing tensor', { request: { parameters: {}, inputs: {} } }, 'TENSOR_MISSING', 'pipeline "pair", input "x"'],
    ['an output that does not exist', { request: { parameters: {}, inputs: { x: X }, outputs: [{ name: 'z' }] } }, 'OUTPUT_UNKNOWN', 'pipeline "pair"'],
    ['an impossible time limit', { request: { parameters: { timeout: 'soon' }, inputs: { x: X } } }, 'PARAMETER_INVALID', '"soon"'],
  ] as const)('of %s comes before anything is accepted', async (_title, changes, code, message) => {
    const world = await setUp();
    const refusal = world.service.infer(call(changes));
    await expect(refusal).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(world.journal).toEqual([]);
    expect(world.admission.inFlight).toBe(0);
  });

  it('names the stage that has no worker', async () => {
    const world = await setUp();
    world.fleet.reports.pop();
    await expect(world.service.infer(call())).rejects.toMatchObject({ code: 'MODEL_NOT_READY', message: 'Pipeline "pair" is not ready: stage "second" has no ready worker.' });
  });

  it('comes when the server is full, and leaves the others alone', async () => {
    const world = await setUp();
    await world.service.submit(call(), 0);
    await world.service.submit(call(), 0);
    await expect(world.service.infer(call())).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(world.replies.accepted.size).toBe(2);
  });

  it('comes when the store takes no accept record, and gives the place back', async () => {
    const world = await setUp();
    world.replies.failWith = new AppError('STORE_UNAVAILABLE', 'the disk is full');
    await expect(world.service.infer(call())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(world.journal).toEqual(['accept']);
    expect(world.admission.inFlight).toBe(0);
  });

  it('comes once the server shuts down, while accepted requests go on', async () => {
    const world = await setUp();
    const answering = world.service.infer(call());
    await untilPublished(world);
    world.acceptor.close();
    await expect(world.service.infer(call())).rejects.toMatchObject({ code: 'SHUTTING_DOWN', retryAfterMs: 2000 });
    await world.replies.complete('request-1', RESULT);
    expect(await answering).toMatchObject({ state: 'succeeded' });
  });
});

describe('a publish whose result is unknown', () => {
  it('is never told as a refusal: it is tried again, and the outcome is the answer', async () => {
    const world = await setUp();
    world.bus.refuseNext = 1;
    const answering = world.service.infer(call());
    await untilPublished(world);
    await waitUntil('the second attempt is planned', () => world.clock.pendingTimers === 2);
    world.clock.advance(50);
    await waitUntil('it was published again', () => world.bus.published.length === 2);
    await world.replies.complete('request-1', RESULT);
    expect(await answering).toMatchObject({ state: 'succeeded' });
  });

  it('is tried on while the request has time, and a submitted one is told that it is pending meanwhile', async () => {
    const world = await setUp();
    world.bus.refuseNext = 6;
    const submitting = world.service.submit(call(), 0);
    for (const waitMs of [50, 250, 1000]) {
      await waitUntil('the next attempt is planned', () => world.clock.pendingTimers === 1);
      world.clock.advance(waitMs);
    }
    expect(await submitting).toMatchObject({ state: 'pending' });
    for (const attempts of [4, 5, 6]) {
      await waitUntil('the next attempt is planned', () => world.bus.published.length === attempts && world.clock.pendingTimers === 1);
      world.clock.advance(5000);
    }
    await waitUntil('it is published', () => world.bus.published.length === 7);
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.log.lines).toHaveLength(1);
  });

  it('ends at the deadline when the bus stays away', async () => {
    const world = await setUp();
    world.bus.refuseNext = 100;
    const answering = world.service.infer(call());
    for (const waitMs of [50, 250, 1000]) {
      await waitUntil('the next attempt is planned', () => world.clock.pendingTimers === 2);
      world.clock.advance(waitMs);
    }
    await waitUntil('that is told', () => world.log.lines.length === 1);
    expect(world.log.lines[0]).toContain('the broker is away');
    world.clock.advance(10_000);
    expect(await answering).toMatchObject({ state: 'failed', requestId: 'request-1', error: { code: 'DEADLINE_EXCEEDED' } });
    expect(world.clock.pendingTimers).toBe(0);
  });
});

it('counts requests that run again after a restart among those in flight, until they end', async () => {
  const world = await setUp();
  for (const requestId of ['old-1', 'old-2', 'old-3']) world.acceptor.adopt({ requestId, bytes: 400 });
  await expect(world.service.infer(call())).rejects.toMatchObject({ code: 'OVERLOADED', message: expect.stringContaining('3 of 2 requests in flight') });
  for (const requestId of ['old-1', 'old-2']) await world.replies.complete(requestId, RESULT);
  await waitUntil('their places are given back', () => world.admission.inFlight === 1);
  expect(await world.service.submit(call(), 0)).toMatchObject({ state: 'pending' });
});

it('counts the tensors of a request where they are larger than its body', async () => {
  const world = await setUp();
  const large = fromTypedArray('FP32', [150, 2], new Float32Array(300));
  await world.service.submit(call({ request: { parameters: {}, inputs: { x: large } }, bytes: 600 }), 0);
  await expect(world.service.submit(call(), 0)).rejects.toMatchObject({ code: 'OVERLOADED', message: expect.stringContaining('1200 of 1000 bytes in flight') });
});

it('lets go of callers when the server stops, and tells them their id', async () => {
  const world = await setUp();
  const answering = world.service.infer(call());
  await untilPublished(world);
  world.acceptor.abandon();
  expect(await answering).toMatchObject({ state: 'failed', requestId: 'request-1', error: { code: 'OUTCOME_UNKNOWN' } });
  expect(world.clock.pendingTimers).toBe(0);
  expect(world.replies.outcomes.size).toBe(0);
});
