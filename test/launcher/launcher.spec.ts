import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { waitUntil } from '../support/wait-until.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const LAUNCH = `"${process.execPath}" "${file('./launch.mjs')}"`;

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

// A shell with one command may replace itself by it; with a second command it has to stay and wait.
describe.each([
  ['on a Node that can replace itself, the shell gone', `exec ${LAUNCH}`],
  ['on a Node that can replace itself, below a shell', `${LAUNCH}; exit $?`],
  ['on an older Node, the shell gone', `exec ${LAUNCH} old-node`],
  ['on an older Node, below a shell', `${LAUNCH} old-node; exit $?`],
])('npm start %s', (_title, script) => {
  it('leaves nothing running when npm is killed', async () => {
    const { npm, server } = await start(script);
    npm.kill('SIGKILL');
    await waitUntil('the server to end', () => !isAlive(server));
  });

  it('drains the server when npm is told to stop', async () => {
    const { npm, server, output } = await start(script);
    npm.kill('SIGTERM');
    await waitUntil('the server to end', () => !isAlive(server));
    await waitUntil('the word of the server', () => output().includes('drained'));
  });

  it('ends with the exit code of the server', async () => {
    const { npm, server } = await start(script);
    const exited = once(npm, 'exit');
    process.kill(server, 'SIGTERM');
    expect((await exited)[0]).toBe(7);
  });
});

async function start(script: string): Promise<{ npm: ChildProcess; server: number; output: () => string }> {
  const { NODE_OPTIONS: _jestOnly, ...env } = process.env;
  const npm = spawn(process.execPath, [file('./stand-in-npm.mjs'), script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  npm.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const server = Number(await waitUntil('the process id of the server', () => /pid (\d+)\n/.exec(text)?.[1]));
  started.push(server);
  return { npm, server, output: () => text };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
