import { once } from 'node:events';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { twoStagePipeline } from '../../../../test/support/ingress-doubles.ts';
import { BODY, INFER, IngressWorld, echo, json, post } from '../../../../test/support/ingress-world.ts';
import type { Script } from '../../../../test/support/ingress-world.ts';
import type { IngressConfig } from '../index.ts';

const never: Script = () => undefined;

let world: IngressWorld | undefined;

async function serve(script: Script, changes: Partial<IngressConfig> = {}): Promise<IngressWorld> {
  world = await IngressWorld.start(twoStagePipeline(), script, changes);
  return world;
}

afterEach(async () => {
  await world?.stop();
  world = undefined;
});

describe('a refusal', () => {
  it('J24 of a body over the limit names the number to change, whether the length is declared or not', async () => {
    const running = await serve(echo, { maxBody: 1000 });
    const large = 'x'.repeat(2000);
    const chunked = new ReadableStream({ start: (controller) => (controller.enqueue(Buffer.from(large)), controller.close()) });
    for (const body of [large, chunked]) {
      const response = await fetch(running.url + INFER, { method: 'POST', body, duplex: 'half' } as RequestInit);
      expect(response.status).toBe(413);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await json(response)).toMatchObject({ error: expect.stringMatching(/1000 bytes.*MILLRACE_MAX_BODY/), code: 'PAYLOAD_TOO_LARGE' });
    }
  });

  it('of a body over the limit leaves the connection usable, so that the client can read it', async () => {
    const running = await serve(echo, { maxBody: 1000 });
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write(`POST ${INFER} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n`);
    socket.write('x'.repeat(3_000_000));
    socket.write(`GET /v2/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 413 [^]*HTTP\/1\.1 200 [^]*\{"live":true\}$/);
  });

  it('J23 of a small body that inflates past the limit', async () => {
    const running = await serve(echo, { maxBody: 100_000 });
    const bomb = gzipSync(Buffer.alloc(5_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const response = await post(running, { 'content-encoding': 'gzip' }, bomb);
    expect([response.status, (await json(response))['code']]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('J19 J20 has the same form whoever refuses', async () => {
    const running = await serve(echo, { maxBody: 1000 });
    const answers = await Promise.all([
      fetch(`${running.url}/nowhere`),
      fetch(`${running.url}/v2/models/pair/infer`),
      fetch(`${running.url}/v2/models/nope`),
      fetch(`${running.url}/v2/models/%ff`),
      post(running, {}, '{'),
      post(running, { 'content-type': 'not a type' }),
      post(running, { 'content-encoding': 'br' }),
      post(running, { 'content-encoding': 'gzip' }, 'not gzip'),
      post(running, { 'inference-header-content-length': 'many' }),
      post(running, { prefer: 'wait=soon' }),
    ]);
    const seen = await Promise.all(answers.map(async (answer) => [answer.status, (await json(answer))['code'], answer.headers.get('content-type')]));
    expect(seen).toEqual([
      [404, 'ROUTE_NOT_FOUND', 'application/json'],
      [404, 'ROUTE_NOT_FOUND', 'application/json'],
      [404, 'MODEL_NOT_FOUND', 'application/json'],
      [400, 'PARAMETER_INVALID', 'application/json'],
      [400, 'MALFORMED_BODY', 'application/json'],
      [415, 'UNSUPPORTED_ENCODING', 'application/json'],
      [415, 'UNSUPPORTED_ENCODING', 'application/json'],
      [400, 'MALFORMED_BODY', 'application/json'],
      [400, 'PARAMETER_INVALID', 'application/json'],
      [400, 'PARAMETER_INVALID', 'application/json'],
    ]);
    expect(running.received).toEqual([]);
  });

  it('A13 A14 carries the members of a problem, under its own media type when asked for', async () => {
    const running = await serve(echo);
    const plain = await fetch(`${running.url}/v2/models/nope`, { headers: { 'x-request-id': 'label-3' } });
    expect(plain.headers.get('x-request-id')).toBe('label-3');
    const body = await json(plain);
    expect(body).toMatchObject({ type: 'urn:millrace:error:MODEL_NOT_FOUND', title: expect.any(String), status: 404, detail: body['error'], retryable: false });
    const problem = await fetch(`${running.url}/v2/models/nope`, { headers: { accept: 'application/problem+json' } });
    expect(problem.headers.get('content-type')).toBe('application/problem+json');
  });

  it('J21 of a client that takes gzip is not compressed', async () => {
    const response = await fetch(`${(await serve(echo)).url}/v2/models/nope`, { headers: { 'accept-encoding': 'gzip' } });
    expect(response.headers.get('content-encoding')).toBeNull();
  });

  it('A10 of one request too many is 503 with Retry-After', async () => {
    const running = await serve(never, { maxInFlight: 1 });
    await post(running, { prefer: 'respond-async' });
    const response = await post(running);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await json(response)).toMatchObject({ code: 'OVERLOADED', error: expect.stringContaining('1 of 1 requests in flight') });
    expect(response.headers.get('millrace-request-id')).toBeNull();
  });

  it('of what is not HTTP has a body too', async () => {
    const running = await serve(echo);
    const socket = connect(Number(new URL(running.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write('GARBAGE\r\n\r\n');
    await once(socket, 'close');
    expect(received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/json\r\n[^]*"code":"MALFORMED_BODY"/);
  });
});

describe('a compressed body', () => {
  it.each([['gzip', gzipSync], ['deflate', deflateSync]] as const)('J23 is inflated: %s', async (encoding, compress) => {
    expect((await post(await serve(echo), { 'content-encoding': encoding }, compress(BODY))).status).toBe(200);
  });
});
