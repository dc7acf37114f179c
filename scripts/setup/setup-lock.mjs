import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { inProject, say } from './project.mjs';

const LOCK = inProject('dist', '.setup-lock');
const POLL_MS = 200;

/**
 * Runs `work` while no other set-up of this checkout runs: `npm start` and `npm test` may be started together on a fresh clone.
 * The lock is a file with the holder's process id; one left behind by a killed process is taken over.
 * @template T @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withSetupLock(work) {
  mkdirSync(path.dirname(LOCK), { recursive: true });
  let announced = false;
  while (!tryTake()) {
    if (!announced) say(`another set-up of this folder is running (${LOCK}), waiting for it ...`);
    announced = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryTake() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isAlive(readHolder())) rmSync(LOCK, { force: true });
    return false;
  }
}

// Between creation and write the file is empty for a moment: an unreadable holder counts as alive.
function readHolder() {
  try {
    return Number(readFileSync(LOCK, 'utf8')) || process.pid;
  } catch {
    return process.pid;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
