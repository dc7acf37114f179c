import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRedisStores } from '#common/adapters/redis';
import type { RedisStores, RedisStoresOptions } from '#common/adapters/redis';
import { SystemClock, SystemRandom } from '#common/adapters/system';
import { freePort, withRedisServer } from '../support/redis-process.ts';
import type { RedisProcess } from '../support/redis-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startRedis } from './redis-under-test.ts';

const open = (url: string, options: Partial<RedisStoresOptions> = {}): Promise<RedisStores> =>
  openRedisStores({ url, clock: new SystemClock(), random: new SystemRandom(), log: { write: () => undefined }, connectWithinMs: 10_000, ...options });
const refusal = async (url: string, options: Partial<RedisStoresOptions> = {}): Promise<{ code: string; message: string }> => {
  const opened = await open(url, options).catch((error: { code: string; message: string }) => error);
  if ('close' in opened) {
    await opened.close();
    throw new Error('Redis was not refused');
  }
  return opened;
};

withRedisServer('Redis setup', () => {
  let server: RedisProcess | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('refuses a Redis that drops keys when it is full, and names the setting', async () => {
    server = await startRedis(['--maxmemory-policy', 'allkeys-lru']);
    const error = await refusal(server.url);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain('maxmemory-policy "allkeys-lru"');
    expect(error.message).toContain('maxmemory-policy noeviction');
  });

  it('says where no Redis answers', async () => {
    const error = await refusal('redis://127.0.0.1:1', { connectWithinMs: 500 });
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('127.0.0.1:1 ') });
  });

  it.each(['127.0.0.1:6379', 'http://127.0.0.1', 'redis://', 'redis://:secret word@host:port'])('refuses "%s" as a URL and does not repeat it', async (url) => {
    const error = await refusal(url);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).not.toContain('secret');
  });

  it('takes user and password from the URL', async () => {
    server = await startRedis(['--requirepass', 'pass word/1']);
    const stores = await open(`redis://:pass%20word%2F1@127.0.0.1:${server.port}`);
    expect(await stores.fleet.workers()).toEqual([]);
    await stores.close();
  });

  it.each(['', ':let-me-in@'])('refuses to start with the credentials "%s", without showing them', async (credentials) => {
    server = await startRedis(['--requirepass', 'open-sesame']);
    const error = await refusal(`redis://${credentials}127.0.0.1:${server.port}`);
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).not.toMatch(/let-me-in|open-sesame/);
  });

  describe('over TLS', () => {
    const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
    const test = hasOpenssl ? it : it.skip;
    const why = hasOpenssl ? '' : ' (skipped: there is no openssl to make certificates with)';
    const folder = temporaryFolder();
    const file = (name: string): string => join(folder.path, name);

    beforeAll(() => {
      if (!hasOpenssl) return;
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', file('key.pem'), '-out', file('cert.pem'), ...subject], { stdio: 'ignore' });
    });
    afterAll(() => folder.remove());

    // The plain port stays open beside the TLS port, for the test's own commands.
    const startTls = async (): Promise<string> => {
      server = await startRedis();
      await server.command('CONFIG', 'SET', 'tls-cert-file', file('cert.pem'), 'tls-key-file', file('key.pem'), 'tls-ca-cert-file', file('cert.pem'), 'tls-auth-clients', 'no');
      const port = await freePort();
      expect(await server.command('CONFIG', 'SET', 'tls-port', String(port))).not.toContain('-ERR');
      return `rediss://127.0.0.1:${port}`;
    };

    test(`works with rediss:// and the given authority${why}`, async () => {
      const stores = await open(await startTls(), { tlsCa: readFileSync(file('cert.pem'), 'utf8') });
      expect(await stores.fleet.workers()).toEqual([]);
      await stores.close();
    });

    test(`refuses a certificate of an unknown authority${why}`, async () => {
      const error = await refusal(await startTls(), { connectWithinMs: 2_000 });
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('certificate') });
    });
  });
});
