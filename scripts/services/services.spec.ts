import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { describeWithServices, findServices } from '../../test/support/services.ts';
import { startTimeOf } from './process-identity.mjs';
import { down, look, up } from './services.mjs';

jest.setTimeout(120_000);

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'millrace-services-')), 'services');
});

afterEach(async () => {
  await down({ folder });
  await rm(join(folder, '..'), { recursive: true, force: true });
});

describe('services that are given', () => {
  it('are used as they are, and nothing is started or ended', async () => {
    const kafka = await answering(Buffer.from([0, 0, 0, 4, 0, 0, 0, 1]));
    const redis = await answering(Buffer.from('-NOAUTH Authentication required.\r\n'));
    try {
      const env = { MILLRACE_KAFKA_BROKERS: `127.0.0.1:1,127.0.0.1:${kafka.port}`, MILLRACE_REDIS_URL: `redis://127.0.0.1:${redis.port}` };
      expect(await up({ folder, env })).toMatchObject({ kafka: { how: 'given', up: true, address: env.MILLRACE_KAFKA_BROKERS }, redis: { how: 'given', up: true } });
      expect(await down({ folder })).toEqual([]);
    } finally {
      kafka.close();
      redis.close();
    }
  });

  it('are an error that names the variable when they do not answer', async () => {
    const env = { MILLRACE_KAFKA_BROKERS: '127.0.0.1:1', MILLRACE_REDIS_URL: 'redis://127.0.0.1:1' };
    await expect(up({ folder, env })).rejects.toThrow(/127\.0\.0\.1:1 does not answer; it was given by MILLRACE_KAFKA_BROKERS[^]*MILLRACE_REDIS_URL/);
  });

  it('do not answer when something else listens there', async () => {
    const other = await answering(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    try {
      expect(await look({ folder, env: { MILLRACE_REDIS_URL: `redis://127.0.0.1:${other.port}` } })).toMatchObject({ redis: { up: false } });
    } finally {
      other.close();
    }
  });
});

describeWithServices('services that are started', await findServices(), () => {
  it('are up once, stay up when asked again, and leave nothing behind', async () => {
    const said: string[] = [];
    const first = await up({ folder, env: {}, say: (text) => said.push(text) });
    expect(first).toMatchObject({ kafka: { up: true }, redis: { up: true } });
    expect(said.join()).toMatch(/starting/);
    said.length = 0;
    expect(await up({ folder, env: {}, say: (text) => said.push(text) })).toEqual(first);
    expect(said).toEqual([]);
    expect((await down({ folder })).toSorted()).toEqual(['kafka', 'redis']);
    expect(existsSync(folder)).toBe(false);
    expect(await look({ folder, env: {} })).toMatchObject({ kafka: { how: 'none', up: false }, redis: { how: 'none', up: false } });
    for (const { pid } of [first.kafka, first.redis]) if (pid !== undefined) expect(startTimeOf(pid)).toBeUndefined();
  });
});

/** A server that answers whatever it is told first. */
async function answering(reply: Buffer): Promise<{ readonly port: number; close(): void }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}
