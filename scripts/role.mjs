// `npm run ingress|worker|autoscaler [-- <args>]`: makes the checkout ready, then becomes Node 24 on that process of the Kafka engine.
import path from 'node:path';

import { becomeOrRun } from './setup/become.mjs';
import { CLI_MAIN } from './setup/build.mjs';
import { ensureReady, runScript } from './setup/ensure-ready.mjs';

const APPS = { autoscaler: 'autoscaler', ingress: 'ingress', worker: 'stage-worker' };

await runScript(async () => {
  const [role, ...args] = process.argv.slice(2);
  const main = path.join(path.dirname(CLI_MAIN), '..', APPS[role], 'main.js');
  return becomeOrRun(await ensureReady(), [main, ...args]);
});
