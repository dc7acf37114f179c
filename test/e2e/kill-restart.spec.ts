import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ledger } from '../support/ledger.ts';
import { ServerProcess } from '../support/server-process.ts';
import { readSlowOutcome, slowResult, submitSlow } from '../support/slow-pipeline.ts';

const PIPELINES = fileURLToPath(new URL('../fixtures/pipelines', import.meta.url));
const REQUESTS = 200;

describe('a server that is killed with accepted work in flight', () => {
  let dataDir: string;
  let server: ServerProcess;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'millrace-kill-'));
    server = await ServerProcess.start({ dataDir, pipelines: PIPELINES });
  });

  afterEach(async () => {
    await server.kill('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`ends each of ${REQUESTS} accepted requests in its right result, once, after kill -9 and a restart`, async () => {
    const ledger = new Ledger();
    await Promise.all(Array.from({ length: REQUESTS }, (_, index) => ledger.send({ send: () => submitSlow(server.url, index), expected: slowResult(index) })));
    expect(ledger.accepted).toHaveLength(REQUESTS);

    const early = await Promise.all(ledger.accepted.map((id) => readSlowOutcome(server.url, id)));
    await server.kill('SIGKILL');
    // The kill only means something while most of the work is still to be done.
    expect(early.filter((outcome) => outcome === undefined).length).toBeGreaterThan(REQUESTS / 2);

    server = await ServerProcess.start({ dataDir, pipelines: PIPELINES, port: server.port });
    const verdict = await ledger.settle((id) => readSlowOutcome(server.url, id), 60_000);
    expect(verdict).toEqual({ accepted: REQUESTS, refused: 0, silent: [], wrong: [], changed: [] });
  }, 120_000);

  it('drains on SIGTERM and keeps what it had not finished for the next start', async () => {
    const ledger = new Ledger();
    await Promise.all(Array.from({ length: 40 }, (_, index) => ledger.send({ send: () => submitSlow(server.url, index), expected: slowResult(index) })));
    expect(await server.kill('SIGTERM')).toBe(0);

    server = await ServerProcess.start({ dataDir, pipelines: PIPELINES, port: server.port });
    const verdict = await ledger.settle((id) => readSlowOutcome(server.url, id), 60_000);
    expect(verdict).toEqual({ accepted: 40, refused: 0, silent: [], wrong: [], changed: [] });
  }, 120_000);
});
