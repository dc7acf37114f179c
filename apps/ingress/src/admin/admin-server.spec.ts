import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AppError } from '#common/errors';
import type { RuntimeReading } from '#common/telemetry';
import { RuntimeMonitor } from '#common/telemetry';
import { AdminServer } from './admin-server.ts';

const servers: AdminServer[] = [];
const faults: AppError[] = [];

function adminServer(readRuntime: () => RuntimeReading, port = 0): AdminServer {
  const server = new AdminServer({ host: '127.0.0.1', port, readRuntime, reportFault: (error) => void faults.push(error) });
  servers.push(server);
  return server;
}

afterEach(async () => {
  faults.length = 0;
  for (const server of servers.splice(0)) await server.stop();
});

describe('the admin server', () => {
  it('answers what the process reads about itself', async () => {
    const monitor = new RuntimeMonitor();
    monitor.start();
    const { url } = await adminServer(() => monitor.read()).start();
    const answer = await fetch(`${url}/admin/runtime`);
    expect(answer.status).toBe(200);
    expect(Object.keys((await answer.json()) as object)).toEqual(expect.arrayContaining(Object.keys(monitor.read())));
    monitor.stop();
  });

  it.each([
    ['GET', '/'],
    ['GET', '/v2/models'],
    ['POST', '/admin/runtime'],
  ])('answers %s %s with an error in the form of every other', async (method, path) => {
    const { url } = await adminServer(() => ({}) as RuntimeReading).start();
    const answer = await fetch(`${url}${path}`, { method });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: `There is no ${method} ${path} on the port of administration, only GET /admin/runtime. Pipelines are called on the port of MILLRACE_HTTP_PORT.`,
      code: 'ROUTE_NOT_FOUND',
      retryable: false,
      status: 404,
    });
    expect(faults).toEqual([]);
  });

  it('answers an address that cannot be decoded with 400', async () => {
    const { url } = await adminServer(() => ({}) as RuntimeReading).start();
    const answer = await fetch(`${url}/%ff`);
    expect([answer.status, ((await answer.json()) as { code?: unknown }).code]).toEqual([400, 'PARAMETER_INVALID']);
  });

  it('reports a fault of its own and tells the caller nothing of it', async () => {
    const { url } = await adminServer(() => {
      throw new Error('secret: the histogram is gone');
    }).start();
    const answer = await fetch(`${url}/admin/runtime`);
    const body = await answer.text();
    expect(answer.status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ code: 'INTERNAL', error: 'A fault in the server itself; its log says more.' });
    expect(body).not.toContain('secret');
    expect(faults.map((fault) => String(fault.cause))).toEqual(['Error: secret: the histogram is gone']);
  });

  it('names the setting when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(adminServer(() => ({}) as RuntimeReading, port).start()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `MILLRACE_ADMIN_PORT="${port}": the port is in use. Stop the other server, or choose another port; 0 takes any free one.`,
    });
    other.close();
  });

  it('answers while the rest drains and no longer once stopped', async () => {
    const server = adminServer(() => ({}) as RuntimeReading);
    const { url } = await server.start();
    await server.drain();
    expect((await fetch(`${url}/admin/runtime`)).status).toBe(200);
    await server.stop();
    await expect(fetch(`${url}/admin/runtime`)).rejects.toThrow();
  });
});
