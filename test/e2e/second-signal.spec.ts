import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import { ServerProcess } from '../support/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));
const IMAGE = readFileSync(new URL('../../pipelines/samples/ocr/receipt-cafe.png', import.meta.url));
/** A second signal sooner than this counts as the echo of the first. */
const ECHO_MS = 600;
const CALLERS = 40;

const folder = temporaryFolder();
let server: ServerProcess | undefined;
afterEach(async () => {
  await server?.kill('SIGKILL');
  folder.remove();
});

it('ends at once by a second signal, without a crash of the models that are running', async () => {
  server = await ServerProcess.start({ dataDir: folder.path, pipelines: PIPELINES });
  const { url, pid } = server;
  await waitUntil('ocr to be ready', async () => ((await fetch(`${url}/v2/models/ocr/ready`)).ok ? true : undefined));
  const calls = Array.from({ length: CALLERS }, () =>
    fetch(`${url}/v2/models/ocr/infer`, { method: 'POST', headers: { 'inference-header-content-length': '0' }, body: new Uint8Array(IMAGE) }).then(() => 'answered', () => 'cut'),
  );
  await Promise.race(calls);
  process.kill(pid, 'SIGTERM');
  const signalledMs = performance.now();
  await waitUntil('the drain to last', () => (performance.now() - signalledMs > ECHO_MS ? true : undefined));
  // No exit code: the signal itself ended it.
  expect(await server.kill('SIGTERM')).toBeNull();
  expect(await Promise.all(calls)).toContain('cut');
  expect(server.output).toContain('draining');
  expect(server.output).not.toContain('terminate called');
});
