// `npm start` and `npm run millrace -- <args>`: makes the checkout ready, then becomes Node 24 on the command line program.
import { CLI_MAIN } from './setup/build.mjs';
import { becomeOrRun } from './setup/become.mjs';
import { ensureReady, runScript } from './setup/ensure-ready.mjs';

await runScript(async () => becomeOrRun(await ensureReady(), [CLI_MAIN, ...process.argv.slice(2)]));
