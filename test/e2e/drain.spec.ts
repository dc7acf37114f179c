import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServerProcess } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

const SCRATCH = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url));

const YAML = `
pipeline: patient
inputs: { x: { datatype: FP32, shape: [-1] } }
stages:
  wait: { function: ./wait.mjs#wait, inputs: { x: x }, outputs: { x: { datatype: FP32, shape: [-1] } } }
outputs: { x: wait.x }
`;
const WAIT = 'export const wait = async (inputs) => (await new Promise((resolve) => setTimeout(resolve, 1200)), inputs);\n';
const BODY = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [7] }] });

let folder: string;
let server: ServerProcess;

beforeEach(async () => {
  await mkdir(SCRATCH, { recursive: true });
  folder = await mkdtemp(join(SCRATCH, 'drain-'));
  await writeFile(join(folder, 'patient.yaml'), YAML);
  await writeFile(join(folder, 'wait.mjs'), WAIT);
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), pipelines: folder, env: { MILLRACE_ADMIN_PORT: '0' } });
}, 60_000);

afterEach(async () => {
  await server.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const infer = (): Promise<Response> => fetch(`${server.url}/v2/models/patient/infer`, { method: 'POST', body: BODY });

describe('SIGTERM', () => {
  it('refuses what comes, lets what runs be answered, and ends with exit code 0', async () => {
    const inFlight = infer();
    let answered = 0;
    // Several round trips behind it: the request has been taken in by then.
    await waitUntil('the request is running', async () => (await fetch(`${server.url}/v2/health/live`)).ok && ++answered === 5);
    const gone = server.kill('SIGTERM');
    const refused = await waitUntil('new requests are refused', async () => {
      const answer = await infer();
      return answer.status === 503 ? answer : undefined;
    });
    expect(await refused.json()).toMatchObject({ code: 'SHUTTING_DOWN', retryable: true });
    const answer = await inFlight;
    expect([answer.status, await answer.json()]).toMatchObject([200, { outputs: [{ data: [7] }] }]);
    expect(await gone).toBe(0);
  });
});
