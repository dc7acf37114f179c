import { build, buildIsFresh } from './build.mjs';
import { dependenciesAreFresh, installDependencies } from './dependencies.mjs';
import { requireNode } from './node-runtime.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { say } from './project.mjs';

/** Installs what is missing. @returns {Promise<string>} the path of Node 24 */
export async function ensureDependencies() {
  if (!dependenciesAreFresh()) {
    await withSetupLock(async () => {
      if (!dependenciesAreFresh()) await installDependencies();
    });
  }
  return requireNode();
}

/** Installs what is missing and builds what is stale; on a set-up checkout it only looks. @returns {Promise<string>} the path of Node 24 */
export async function ensureReady() {
  const node = await ensureDependencies();
  if (!buildIsFresh()) {
    await withSetupLock(async () => {
      if (!buildIsFresh()) await build();
    });
  }
  return node;
}

/** Runs a script's body; a problem becomes one line and exit code 1, never a stack. @param {() => Promise<number>} body resolves to the exit code */
export async function runScript(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
