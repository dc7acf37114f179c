import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ledger } from '../support/ledger.ts';
import { ServerProcess } from '../support/server-process.ts';
import { readSlowOutcome, slowResult, submitSlow } from '../support/slow-pipeline.ts';
import { waitUntil } from '../support/wait-until.ts';

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

describe('a pipeline that changes while the server is down', () => {
  let folder: string;
  let server: ServerProcess | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-changed-'));
    await cp(PIPELINES, join(folder, 'pipelines'), { recursive: true });
  });

  afterEach(async () => {
    await server?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const yaml = (name: string): string => join(folder, 'pipelines', name);
  it.each([
    ['was edited', () => appendFile(yaml('slow.yaml'), '\n# another version\n')],
    // The server needs one to serve.
    ['went away', async () => {
      await writeFile(yaml('other.yaml'), (await readFile(yaml('slow.yaml'), 'utf8')).replace('pipeline: slow', 'pipeline: other'));
      await rm(yaml('slow.yaml'));
    }],
  ])('and %s ends its unfinished requests in VERSION_GONE, none in silence', async (_, change) => {
    const options = { dataDir: join(folder, 'data'), pipelines: join(folder, 'pipelines') };
    const running = await ServerProcess.start(options);
    server = running;
    const ids = await Promise.all(Array.from({ length: 40 }, async (_each, index) => {
      const answer = await submitSlow(running.url, index);
      if (!('id' in answer)) throw new Error(`refused with ${answer.refused}`);
      return answer.id;
    }));
    await waitUntil('the first result', async () => (await readSlowOutcome(running.url, ids[0] ?? '')) === '[1]', { withinMs: 20_000 });
    await running.kill('SIGKILL');
    await change();
    const restarted = await ServerProcess.start({ ...options, port: running.port });
    server = restarted;
    // What ended before is still to be had, though its version is gone.
    expect(await readSlowOutcome(restarted.url, ids[0] ?? '')).toBe('[1]');
    await waitUntil('all to have ended', async () => (await Promise.all(ids.map((id) => readSlowOutcome(restarted.url, id)))).every((outcome) => outcome !== undefined), { withinMs: 20_000 });
    const outcomes = await Promise.all(ids.map((id) => readSlowOutcome(restarted.url, id)));
    for (const [index, outcome] of outcomes.entries()) expect([`[${index * 2 + 1}]`, 'VERSION_GONE']).toContain(outcome);
    expect(outcomes.at(-1)).toBe('VERSION_GONE');
  }, 120_000);
});
