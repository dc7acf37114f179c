import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startTimeOf } from './process-identity.mjs';

const POLL_MS = 50;
const TAIL_LINES = 15;

/** Runs a program to its end. Resolves with its standard output; rejects with the tail of what it said. */
export function runToEnd(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}:\n${tail(out + err)}`))));
  });
}

/** Whether the program can be started at all; undefined when it cannot, else what it prints for the arguments. */
export async function tryProgram(command, args) {
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
      let text = '';
      child.stdout.on('data', (chunk) => (text += chunk));
      child.stderr.on('data', (chunk) => (text += chunk));
      child.on('error', reject);
      child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(text))));
    });
  } catch {
    return undefined;
  }
}

/**
 * Starts a program that outlives this one, its output in `logFile`.
 * @returns {{ pid: number, startTime: string | undefined }} who it is, for `endProcess`
 */
export function startDetached(command, args, { logFile, cwd }) {
  mkdirSync(path.dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  // The event tells what `pid === undefined` told already.
  child.on('error', () => undefined);
  if (child.pid === undefined) throw new Error(`${command} could not be started.`);
  return { pid: child.pid, startTime: startTimeOf(child.pid) };
}

/** Polls until `probe` says yes; rejects with the tail of the log when the process dies first or the time is up. */
export async function untilReady({ name, noted, logFile, withinMs, probe }) {
  const giveUpAt = performance.now() + withinMs;
  while (!(await probe())) {
    const died = startTimeOf(noted.pid) === undefined;
    if (died || performance.now() > giveUpAt) throw new Error(`${name} ${died ? 'ended' : `was not ready after ${withinMs / 1000} s`}:\n${tail(readFileSync(logFile, 'utf8'))}`);
    await sleep(POLL_MS);
  }
}

function tail(text) {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
