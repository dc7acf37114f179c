import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, Agent } from 'node:http';
import { connect } from 'node:net';
import { Script } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { twoStagePipeline } from '../../../test/support/ingress-doubles.ts';
import { BODY, INFER, IngressWorld, echo, json, post } from '../../../test/support/ingress-world.ts';
import type { Script as WorkerScript } from '../../../test/support/ingress-world.ts';
import { waitUntil } from '../../../test/support/wait-until.ts';
import type { IngressConfig } from './index.ts';

const never: WorkerScript = () => undefined;

let world: IngressWorld | undefined;

async function serve(script: WorkerScript, changes: Partial<IngressConfig> = {}): Promise<IngressWorld> {
  world = await IngressWorld.start(twoStagePipeline(), script, changes);
  return world;
}

afterEach(async () => {
  await world?.stop();
  world = undefined;
});

describe('a synchronous request', () => {
  it('answers 200 with the tensors, its own id in a header and the time per stage', async () => {
    const response = await post(await serve(echo), { 'x-request-id': 'label-1' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('millrace-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(response.headers.get('x-request-id')).toBe('label-1');
    expect(response.headers.get('server-timing')).toMatch(/^first-queue;dur=0\.4, first-batch;dur=1, first-compute;dur=43\.1, second-queue;dur=0\.4, .*, total;dur=[\d.]+$/);
    expect(await json(response)).toEqual({
      model_name: 'pair', model_version: '0123456789abcdef', id: 'mine', outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 2], data: [1, 2] }],
    });
  });

  it('carries trace context and parameters to the first stage', async () => {
    const running = await serve(echo);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await post(running, { traceparent, tracestate: 'a=b' }, BODY.replace('"id"', '"parameters":{"level":7},"id"'));
    expect(running.received[0]).toMatchObject({ traceparent, tracestate: 'a=b', parameters: { level: 7 } });
  });

  it('A11 answers 504 naming the stage when the deadline passes, and the request has ended so', async () => {
    const running = await serve(never);
    const response = await post(running, {}, BODY.replace('"id"', '"parameters":{"timeout":60000},"id"'));
    expect(response.status).toBe(504);
    const body = await json(response);
    expect(body).toMatchObject({ code: 'DEADLINE_EXCEEDED', stage: 'first', retryable: true, request_id: response.headers.get('millrace-request-id') });
    const report = await fetch(`${running.url}/v2/requests/${String(body['request_id'])}`);
    expect(await json(report)).toMatchObject({ state: 'expired', code: 'DEADLINE_EXCEEDED' });
  });

  it('takes its deadline from Prefer: wait when the body has none', async () => {
    const running = await serve(echo);
    await post(running, { prefer: 'wait=3' });
    const [envelope] = running.received;
    expect((envelope?.deadlineMs ?? 0) - (envelope?.acceptedAtMs ?? 0)).toBe(3000);
  });

  it.each([
    ['the user, with the reason of the stage', { code: 'INPUT_REJECTED', message: 'not an image', retryable: false, stage: 'first', reason: 'NOT_AN_IMAGE' }, 400],
    ['a stage', { code: 'STAGE_FAILED', message: 'it threw', retryable: true, stage: 'first' }, 500],
  ] as const)('shows a fault of %s', async (_title, error, status) => {
    const running = await serve(() => ({ kind: 'error', atMs: Date.now(), timings: [], error }));
    const response = await post(running);
    expect(response.status).toBe(status);
    const { message, ...rest } = error;
    expect(await json(response)).toMatchObject({ error: message, ...rest, status, request_id: response.headers.get('millrace-request-id') });
  });
});

describe('a client that goes away', () => {
  it('A6 cancels its synchronous request', async () => {
    const running = await serve(never);
    const sending = httpRequest(running.url + INFER, { method: 'POST', agent: new Agent({ keepAlive: true }) });
    sending.on('error', () => undefined);
    sending.end(BODY);
    const envelope = await waitUntil('the first stage has the request', () => running.received[0]);
    sending.destroy();
    const view = await waitUntil('the request is cancelled', async () => {
      const found = await running.engine.replies.peek(envelope.requestId);
      return found?.state === 'cancelled' ? found : undefined;
    });
    expect(view.outcome).toMatchObject({ kind: 'cancelled', error: { code: 'CANCELLED' } });
  });

  it('is not mistaken for one that keeps its connection open between requests', async () => {
    const running = await serve(echo);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const sending = httpRequest(running.url + INFER, { method: 'POST', agent });
      sending.end(BODY);
      const [answer] = await once(sending, 'response');
      sockets.add(sending.socket);
      ids.push(answer.headers['millrace-request-id']);
      for await (const _chunk of answer) continue;
      expect(answer.statusCode).toBe(200);
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
    for (const id of ids) expect((await running.engine.replies.peek(id))?.state).toBe('succeeded');
  });

  it('in the middle of its body leaves nothing behind', async () => {
    const running = await serve(echo, { maxInFlightBytes: 2000 });
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
      socket.write(`POST ${INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 1500\r\n\r\n${'x'.repeat(1200)}`);
      await once(socket, 'connect');
      socket.destroy();
      await once(socket, 'close');
    }
    await waitUntil('the bytes of the broken bodies are free again', async () => (await post(running)).status === 200);
    expect(running.received.length).toBeGreaterThan(0);
  });
});

describe('an asynchronous request', () => {
  it('A3 answers 202 with where to ask, then A5 gives the result', async () => {
    let finish = (): void => undefined;
    const running = await serve((envelope) => new Promise((resolve) => {
      finish = () => resolve(echo(envelope));
    }));
    const response = await post(running, { prefer: 'respond-async', 'x-request-id': 'label-2' });
    expect(response.status).toBe(202);
    const id = response.headers.get('millrace-request-id');
    expect(response.headers.get('location')).toBe(`/v2/requests/${id}`);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('preference-applied')).toBe('respond-async');
    expect(response.headers.get('vary')).toBe('Prefer');
    expect(response.headers.get('x-request-id')).toBe('label-2');
    expect(await json(response)).toEqual({ id, state: 'queued', links: { self: `/v2/requests/${id}`, result: `/v2/requests/${id}/result` } });

    const report = await json(await fetch(`${running.url}/v2/requests/${id}`));
    expect(report).toMatchObject({ id, client_id: 'mine', state: 'queued', pipeline: 'pair', mode: 'async', links: { self: `/v2/requests/${id}` } });
    expect(report['stages']).toEqual([{ name: 'first', state: 'active' }, { name: 'second', state: 'waiting' }]);
    const early = await fetch(`${running.url}/v2/requests/${id}/result`);
    expect([early.status, early.headers.get('retry-after')]).toEqual([409, '1']);
    expect(await json(early)).toMatchObject({ code: 'RESULT_NOT_READY' });

    await waitUntil('the stage has it', () => running.received.length === 1);
    finish();
    const result = await waitUntil('the result is there', async () => {
      const answer = await fetch(`${running.url}/v2/requests/${id}/result`);
      return answer.status === 200 ? answer : undefined;
    });
    expect(result.headers.get('millrace-request-id')).toBe(id);
    expect(await json(result)).toMatchObject({ id: 'mine', outputs: [{ name: 'y', data: [1, 2] }] });
    expect(await json(await fetch(`${running.url}/v2/requests/${id}`))).toMatchObject({ state: 'succeeded', stages: [{ executions: [{ compute_ms: 43.06 }] }, {}] });
  });

  it('A2 answers 200 when it is done within the wait', async () => {
    expect((await post(await serve(echo), { prefer: 'respond-async, wait=10' })).status).toBe(200);
  });

  it('A3 answers 202 when the wait is over first', async () => {
    expect((await post(await serve(never), { prefer: 'respond-async, wait=0' })).status).toBe(202);
  });

  it('A6 ends by DELETE, and again by DELETE stays as it ended', async () => {
    const running = await serve(never);
    const id = (await post(running, { prefer: 'respond-async' })).headers.get('millrace-request-id');
    for (const _time of [1, 2]) {
      const response = await fetch(`${running.url}/v2/requests/${id}`, { method: 'DELETE' });
      expect([response.status, (await json(response))['state']]).toEqual([200, 'cancelled']);
    }
    const result = await fetch(`${running.url}/v2/requests/${id}/result`);
    expect([result.status, (await json(result))['code']]).toEqual([400, 'CANCELLED']);
  });

  it('ends at its deadline although nobody waits', async () => {
    const running = await serve(never);
    const response = await post(running, { prefer: 'respond-async' }, BODY.replace('"id"', '"parameters":{"timeout":50000},"id"'));
    const id = response.headers.get('millrace-request-id');
    const report = await waitUntil('the sweeper has ended it', async () => {
      const found = await json(await fetch(`${running.url}/v2/requests/${id}`));
      return found['state'] === 'expired' ? found : undefined;
    });
    expect(report['stages']).toEqual([{ name: 'first', state: 'not-run' }, { name: 'second', state: 'not-run' }]);
  });

  it('gives its result in the form it was asked in', async () => {
    const running = await serve(echo);
    const response = await post(running, { prefer: 'respond-async' }, BODY.replace('"id"', '"parameters":{"binary_data_output":true},"id"'));
    const url = `${running.url}/v2/requests/${response.headers.get('millrace-request-id')}/result`;
    const result = await waitUntil('the result is there', async () => {
      const answer = await fetch(url);
      return answer.status === 200 ? answer : undefined;
    });
    const headerLength = Number(result.headers.get('inference-header-content-length'));
    const bytes = Buffer.from(await result.arrayBuffer());
    expect(new Float32Array(bytes.buffer.slice(bytes.byteOffset + headerLength, bytes.byteOffset + bytes.length))).toEqual(new Float32Array([1, 2]));
  });

  it('is unknown under an id nobody was given', async () => {
    const running = await serve(echo);
    const response = await fetch(`${running.url}/v2/requests/0190c1a2-0000-7000-8000-000000000000`);
    expect([response.status, (await json(response))['code']]).toEqual([404, 'REQUEST_NOT_FOUND']);
  });
});

describe('a drain', () => {
  it('refuses new requests, is not ready, lets those in flight finish, and then the port closes', async () => {
    let finish = (): void => undefined;
    const running = await serve((envelope) => new Promise((resolve) => {
      finish = () => resolve(echo(envelope));
    }));
    const inFlight = post(running);
    await waitUntil('the stage has it', () => running.received.length === 1);
    let drained = false;
    const draining = running.ingress?.drain().then(() => {
      drained = true;
    });
    const ready = await fetch(`${running.url}/v2/health/ready`);
    expect([ready.status, (await json(ready))['ready']]).toEqual([503, false]);
    expect((await fetch(`${running.url}/v2/health/live`)).status).toBe(200);
    const refused = await post(running);
    expect([refused.status, refused.headers.get('retry-after'), (await json(refused))['code']]).toEqual([503, '2', 'SHUTTING_DOWN']);
    expect(drained).toBe(false);
    finish();
    expect((await inFlight).status).toBe(200);
    await draining;
    await running.ingress?.stop();
    await expect(fetch(`${running.url}/v2/health/live`)).rejects.toThrow();
  });

  it('is cut short by its time limit; callers get their id, and the request stays accepted', async () => {
    const running = await serve(never, { drainMs: 50 });
    const inFlight = post(running);
    const envelope = await waitUntil('the stage has it', () => running.received[0]);
    await running.ingress?.drain();
    await running.ingress?.stop();
    const response = await inFlight;
    expect([response.status, response.headers.get('millrace-request-id')]).toEqual([503, envelope.requestId]);
    expect(await json(response)).toMatchObject({ code: 'OUTCOME_UNKNOWN', request_id: envelope.requestId });
    expect((await running.engine.replies.peek(envelope.requestId))?.state).toBe('queued');
  });
});

it('says which setting to change when the port is taken', async () => {
  const running = await serve(echo);
  const taken = Number(new URL(running.url).port);
  const second = IngressWorld.start(twoStagePipeline(), echo, { httpPort: taken });
  await expect(second).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: `MILLRACE_HTTP_PORT="${taken}": the port is in use. Stop the other server, or choose another port; 0 takes any free one.` });
});

it('shows a page for people whose script is the only one allowed to run', async () => {
  const response = await fetch((await serve(echo)).url);
  const html = await response.text();
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const script = /<script>([^]*?)<\/script>/.exec(html)?.[1] ?? '';
  expect(() => new Script(script)).not.toThrow();
  const hash = createHash('sha256').update(script).digest('base64');
  expect(response.headers.get('content-security-policy')).toContain(`script-src 'sha256-${hash}'`);
  expect(html).not.toMatch(/https?:\/\//);
});
