import { inProject } from './project.mjs';
import { runChild } from './run-child.mjs';

const DIE_WITH_PARENT = new URL('./die-with-parent.mjs', import.meta.url).href;
const PRELOAD = ['--import', DIE_WITH_PARENT];

/**
 * Replaces this process by Node running `args`, where the running Node can do that: signals and the exit code then need no help.
 * An older Node starts it as a child and forwards signals. Either way nothing outlives a killed npm or launcher.
 * @param {string} node path of the executable @param {string[]} args
 * @returns {Promise<number>} the child's exit code; never resolves after a replacement
 */
export async function becomeOrRun(node, args) {
  const underNpm = process.env.npm_lifecycle_event !== undefined;
  const env = { NODE_COMPILE_CACHE: inProject('dist', '.compile-cache'), ...process.env };
  if (process.execve) {
    process.removeAllListeners('warning'); // execve is marked experimental; the warning would be the first line of every start.
    // Started by hand, a server may be meant to outlive its terminal (nohup, disown): nothing watches then.
    process.execve(node, [node, ...(underNpm ? PRELOAD : []), ...args], env);
  }
  if (underNpm) await import(DIE_WITH_PARENT);
  return runChild(node, [...PRELOAD, ...args], { env });
}
