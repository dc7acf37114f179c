import { readFileSync } from 'node:fs';

/** Clock ticks per second of /proc; fixed at 100 on Linux for user space. */
const TICKS_PER_SECOND = 100;
const USER_TIME_FIELD = 11;

export interface Usage {
  /** User and system time since the process began, seconds. */
  readonly cpuSeconds: number;
  /** Proportional set size: shared pages counted once, bytes. */
  readonly pssBytes: number;
}

/** What a process of this machine has used, all its threads together. Linux only. */
export function readUsage(pid: number): Usage {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(afterName[USER_TIME_FIELD]) + Number(afterName[USER_TIME_FIELD + 1]);
  const pssKiB = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
  return { cpuSeconds: ticks / TICKS_PER_SECOND, pssBytes: Number(pssKiB) * 1024 };
}
