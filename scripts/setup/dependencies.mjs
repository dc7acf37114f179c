import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { matchesLock } from './lock-match.mjs';
import { findNode } from './node-runtime.mjs';
import { inProject, say } from './project.mjs';
import { runChild } from './run-child.mjs';

const LOCK_FILE = inProject('package-lock.json');
const STAMP = inProject('node_modules', '.millrace-lock');
const HEARTBEAT_MS = 10_000;

/** True when node_modules holds what the lock file says. Costs one hash of the lock file when nothing changed. */
export function dependenciesAreFresh() {
  if (!findNode() || !existsSync(inProject('node_modules'))) return false;
  const hash = lockHash();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return true;
  if (!installedMatchesLock()) return false;
  writeFileSync(STAMP, hash); // Somebody ran npm by hand, and well.
  return true;
}

/** `npm ci`, with a line of progress now and then. @throws Error when npm fails; its own message is on the terminal by then */
export async function installDependencies() {
  say('installing dependencies from the lock file (once, about a minute) ...');
  const startedAt = Date.now();
  const heartbeat = setInterval(() => say(`  still installing, ${seconds(startedAt)} s`), HEARTBEAT_MS);
  try {
    const [file, ...npm] = npmCommand();
    // No install script may run, whatever the machine's npm settings say: onnxruntime-node's own would fetch CUDA libraries.
    const args = [...npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip' };
    // npm's own lines would mix with the output of the command that follows.
    const code = await runChild(file, args, { cwd: inProject(), env, stdio: ['ignore', 2, 2], shell: file === 'npm' && process.platform === 'win32' });
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}. Its message is above; nothing else was done.`);
  } finally {
    clearInterval(heartbeat);
  }
  linkNode();
  writeFileSync(STAMP, lockHash());
  say(`dependencies installed in ${seconds(startedAt)} s`);
}

// npm 10 makes the link for every platform's package and takes it away again with those that do not fit; npm 11 keeps it.
function linkNode() {
  const link = inProject('node_modules', '.bin', 'node');
  const node = findNode();
  if (node?.startsWith(inProject('node_modules')) && process.platform !== 'win32' && !existsSync(link)) symlinkSync(path.relative(path.dirname(link), node), link);
}

const seconds = (startedAt) => ((Date.now() - startedAt) / 1000).toFixed(1);

const lockHash = () => createHash('sha256').update(readFileSync(LOCK_FILE)).digest('hex');

// Inside an npm script the very npm that runs us; outside (bin/millrace.mjs) the one on the path.
function npmCommand() {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('npm-cli.js') && existsSync(npm) ? [process.execPath, npm] : ['npm'];
}

// npm leaves node_modules/.package-lock.json, the lock of what it really installed.
function installedMatchesLock() {
  try {
    const read = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
    return matchesLock(read(LOCK_FILE), read(inProject('node_modules', '.package-lock.json')));
  } catch {
    return false; // Not there, or not readable: npm ci puts it right.
  }
}
