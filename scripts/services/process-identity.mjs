import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * When the process began, in a form that only serves for comparing; undefined when there is none. A pid alone is not an identity: it is used again.
 * @param {number} pid
 */
export function startTimeOf(pid) {
  if (process.platform === 'linux') return linuxStartTime(pid);
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the process that was noted down is the one that runs under its pid now. */
export function isRunning({ pid, startTime }) {
  return startTime !== undefined && startTimeOf(pid) === startTime;
}

/** Ends the noted process and no other: asks, then forces after `graceMs`. Resolves when it is gone. */
export async function endProcess(noted, graceMs = 10_000) {
  const giveUpAt = performance.now() + graceMs;
  if (isRunning(noted)) process.kill(noted.pid, 'SIGTERM');
  while (isRunning(noted) && performance.now() < giveUpAt) await sleep(50);
  if (!isRunning(noted)) return;
  process.kill(noted.pid, 'SIGKILL');
  while (isRunning(noted)) await sleep(50);
}

function linuxStartTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name may hold spaces and brackets, so fields count from the last one: state is field 3, the start time 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
