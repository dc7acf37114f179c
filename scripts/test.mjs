// `npm test [-- <jest arguments>]`: makes the checkout ready, runs Jest on Node 24, and prints the count of its tests as the last line.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ensureReady, runScript } from './setup/ensure-ready.mjs';
import { inProject } from './setup/project.mjs';
import { runChild } from './setup/run-child.mjs';

const JEST = inProject('node_modules', 'jest', 'bin', 'jest.js');
const NO_RESULT = '0 passed, 1 failed\n';

/** How long Jest may live on after its last test before that is called a leak. */
const LEAK_AFTER_MS = 30_000;

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-test-'));
const countFile = path.join(folder, 'count');
await runScript(async () => runJest(await ensureReady()));
process.stdout.write(readCount());
rmSync(folder, { recursive: true });

async function runJest(node) {
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules', MILLRACE_TEST_COUNT_FILE: countFile };
  // One stream for everything, so that the count really is the last line where both are read together.
  const leak = new AbortController();
  const watch = watchForLeak(leak);
  try {
    return await runChild(node, ['--disable-warning=ExperimentalWarning', JEST, ...process.argv.slice(2)], { cwd: inProject(), env, stdio: ['inherit', 1, 1], signal: leak.signal });
  } catch (error) {
    if (!leak.signal.aborted) throw error;
    process.stdout.write(`millrace: Jest lived on ${LEAK_AFTER_MS / 1000} s after its last test, so a test left something open. Find it with: npm test -- --detectOpenHandles\n`);
    return 1;
  } finally {
    clearInterval(watch);
  }
}

// A timer or socket that a test leaves open would otherwise hold the run until somebody kills it.
function watchForLeak(leak) {
  let endedAt;
  return setInterval(() => {
    if (!existsSync(countFile)) return;
    endedAt ??= Date.now();
    if (Date.now() - endedAt > LEAK_AFTER_MS) leak.abort();
  }, 1000);
}

// Set-up failed, or Jest ended before it had a result: that is a failure too, and says so in the same form.
function readCount() {
  try {
    return readFileSync(countFile, 'utf8');
  } catch {
    if (process.argv.some((arg) => /^--(listTests|showConfig|help|version)$/.test(arg))) return '';
    process.exitCode ||= 1;
    return NO_RESULT;
  }
}
