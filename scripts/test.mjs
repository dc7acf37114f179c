// `npm test [-- <jest arguments>]`: makes the checkout ready, runs Jest on Node 24, and prints the count of its tests as the last line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ensureReady, runScript } from './setup/ensure-ready.mjs';
import { inProject } from './setup/project.mjs';
import { runChild } from './setup/run-child.mjs';

const JEST = inProject('node_modules', 'jest', 'bin', 'jest.js');
const NO_RESULT = '0 passed, 1 failed\n';

const folder = mkdtempSync(path.join(tmpdir(), 'millrace-test-'));
const countFile = path.join(folder, 'count');
await runScript(async () => runJest(await ensureReady()));
process.stdout.write(readCount());
rmSync(folder, { recursive: true });

function runJest(node) {
  const env = { ...process.env, NODE_OPTIONS: '--experimental-vm-modules', MILLRACE_TEST_COUNT_FILE: countFile };
  // One stream for everything, so that the count really is the last line where both are read together.
  return runChild(node, ['--disable-warning=ExperimentalWarning', JEST, ...process.argv.slice(2)], { cwd: inProject(), env, stdio: ['inherit', 1, 1] });
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
