/**
 * `npm run bench -- cold-start`: `npm start` on a built tree until it says it is ready with all sample pipelines; each run has a new data
 * folder. Options: --runs 10.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../support/server-process.ts';
import { describeEnvironment } from './support/environment.ts';
import { formatMedian, median } from './support/statistics.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const POLL_MS = 10;

console.log(`npm start until ready, ${values.runs} runs\n${describeEnvironment()}`);
const seconds: number[] = [];
for (let run = 0; run < Number(values.runs); run++) seconds.push(await startOnce());
console.log(`  ready after  ${formatMedian(median(seconds))} s, slowest ${Math.max(...seconds).toFixed(2)} s`);

async function startOnce(): Promise<number> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-cold-'));
  const port = await freePort();
  const startedMs = performance.now();
  const npm = spawn('npm', ['start'], { cwd: REPOSITORY, env: { ...process.env, MILLRACE_HTTP_PORT: String(port), MILLRACE_ADMIN_PORT: '0', MILLRACE_DATA_DIR: dataDir }, stdio: 'ignore', detached: true });
  const gone = once(npm, 'exit');
  try {
    while (!(await fetch(`http://127.0.0.1:${port}/v2/health/ready`).then((answer) => answer.ok, () => false))) {
      if (npm.exitCode !== null) throw new Error(`npm start exited with ${npm.exitCode}`);
      await pause(POLL_MS);
    }
    return (performance.now() - startedMs) / 1000;
  } finally {
    // The group is npm, its launcher and the server: all started here.
    if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGTERM');
    await gone;
    await rm(dataDir, { recursive: true, force: true });
  }
}
