// What scripts/run.mjs does once the checkout is ready. `old-node` takes away what a Node before 22.15 does not have.
import { fileURLToPath } from 'node:url';

if (process.argv[2] === 'old-node') process.execve = undefined;
const { becomeOrRun } = await import('../../scripts/setup/become.mjs');
process.exitCode = await becomeOrRun(process.execPath, [fileURLToPath(new URL('./launched.mjs', import.meta.url))]);
