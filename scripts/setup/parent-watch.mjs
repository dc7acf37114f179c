import { readFileSync } from 'node:fs';

// Preloaded into the server (`node --import`) and into the launcher, when npm started them: a `kill -9` of npm reaches
// nobody else, and what it had started would go on holding the ports and the data folder.
//
//   npm -> [shell] -> [launcher on an older Node] -> server        (parts in brackets are not always there)
//
// npm or the launcher is gone -> killed: this process kills itself at once, as if the signal had been meant for it.
// The shell is gone           -> told to stop: npm passed SIGTERM to its shell, which ended without passing it on. A killed npm
//                                leaves its shell alive, so the two cannot be mistaken. This process drains.

const POLL_MS = 100;
const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'busybox', 'zsh', 'ksh']);

/**
 * @typedef {{ parent: number, shell?: number }} Owner whom this process lives and dies with, and the shell between the two
 * @typedef {{ ppid: () => number, statOf: (pid: number) => { name: string, ppid: number } | undefined }} Processes
 */

/** @param {Processes} processes @returns {Owner} */
export function findOwner(processes) {
  const parent = processes.ppid();
  const stat = processes.statOf(parent);
  return stat && SHELLS.has(stat.name) ? { parent: stat.ppid, shell: parent } : { parent };
}

/** @param {Owner} owner @param {Processes} processes @returns {'fine' | 'stopped' | 'killed'} */
export function checkOwner({ parent, shell }, processes) {
  if (shell === undefined) return processes.ppid() === parent ? 'fine' : 'killed';
  if (processes.ppid() !== shell) return 'stopped';
  // A dead parent that nobody has waited for still answers to kill(0); its children are adopted all the same.
  return processes.statOf(shell)?.ppid === parent ? 'fine' : 'killed';
}

/** Watches until something happens to the owner; the timer keeps nothing alive. @param {(fate: 'stopped' | 'killed') => void} onEnd called once */
export function watchParent(onEnd, processes = systemProcesses) {
  const owner = findOwner(processes);
  const timer = setInterval(() => {
    const state = checkOwner(owner, processes);
    if (state === 'fine') return;
    clearInterval(timer);
    onEnd(state);
  }, POLL_MS);
  timer.unref();
}

/** @type {Processes} */
const systemProcesses = {
  ppid: () => process.ppid,
  // Linux only; elsewhere the shell is taken for the parent, which covers all but a `kill -9` of npm above a lasting shell.
  statOf(pid) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const end = text.lastIndexOf(')');
      return { name: text.slice(text.indexOf('(') + 1, end), ppid: Number(text.slice(end + 2).split(' ')[1]) };
    } catch {
      return undefined;
    }
  },
};
