import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { endProcess, isRunning, startTimeOf } from './process-identity.mjs';

function sleeper(program = 'setInterval(() => undefined, 1000)'): number {
  const { pid } = spawn(process.execPath, ['-e', program], { stdio: 'ignore', env: {} });
  if (pid === undefined) throw new Error('no process was started');
  return pid;
}

describe('a process that was noted down', () => {
  it('is ended, and no longer running then', async () => {
    const pid = sleeper();
    const noted = { pid, startTime: startTimeOf(pid) };
    expect(isRunning(noted)).toBe(true);
    await endProcess(noted);
    expect(isRunning(noted)).toBe(false);
  });

  it('is forced when it does not end by itself in time', async () => {
    const pid = sleeper('process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1000)');
    await endProcess({ pid, startTime: startTimeOf(pid) }, 200);
    expect(startTimeOf(pid)).toBeUndefined();
  });

  it('is left alone when another process has its pid now', async () => {
    const pid = sleeper();
    await endProcess({ pid, startTime: 'some other time' });
    expect(startTimeOf(pid)).toBeDefined();
    await endProcess({ pid, startTime: startTimeOf(pid) });
  });
});
