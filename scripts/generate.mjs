// Runs every scripts/generate-*.ts, in order of name. `--check` passes on: each then compares, and ends with 1 when its file is stale.
import { readdirSync } from 'node:fs';

import { ensureDependencies, runScript } from './setup/ensure-ready.mjs';
import { inProject } from './setup/project.mjs';
import { runChild } from './setup/run-child.mjs';

await runScript(async () => {
  const node = await ensureDependencies();
  const generators = readdirSync(inProject('scripts')).filter((name) => /^generate-[a-z-]+\.ts$/.test(name)).sort();
  let worst = 0;
  for (const name of generators) {
    worst = Math.max(worst, await runChild(node, ['--conditions=source', inProject('scripts', name), ...process.argv.slice(2)], { cwd: inProject() }));
  }
  return worst;
});
