import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isRunning, startTimeOf } from './process-identity.mjs';

const LOCK_POLL_MS = 100;

/** What `up` noted down in the folder; undefined when nothing was started. */
export function readState(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'services.json'), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${path.join(folder, 'services.json')} cannot be read (${error.message}). Remove it after ending what it started.`, { cause: error });
  }
}

/** Replaces the note at once, so that a reader never sees half of it. */
export function writeState(folder, state) {
  mkdirSync(folder, { recursive: true });
  const part = path.join(folder, `services.json.${process.pid}`);
  writeFileSync(part, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(part, path.join(folder, 'services.json'));
}

/** One `up` or `down` at a time per folder; a lock whose holder died is taken over. */
export async function withLock(folder, work) {
  const file = `${folder}.lock`;
  mkdirSync(path.dirname(file), { recursive: true });
  while (!tryLock(file)) await sleep(LOCK_POLL_MS);
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryLock(file) {
  const self = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  try {
    writeFileSync(file, self, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!holderIsAlive(file)) rmSync(file, { force: true });
    return false;
  }
}

function holderIsAlive(file) {
  try {
    return isRunning(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    // Gone meanwhile, or written this very moment: look again.
    return error.code !== 'ENOENT';
  }
}
