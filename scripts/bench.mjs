// `npm run bench -- <scenario> [arguments]`: runs test/bench/<scenario>.bench.{ts,mjs} on Node 24 against the built code.
import { existsSync, readdirSync } from 'node:fs';

import { ensureReady, runScript } from './setup/ensure-ready.mjs';
import { inProject } from './setup/project.mjs';
import { runChild } from './setup/run-child.mjs';

const SUFFIX = /\.bench\.(ts|mjs)$/;

await runScript(async () => {
  const [wanted, ...args] = process.argv.slice(2);
  const files = existsSync(inProject('test', 'bench')) ? readdirSync(inProject('test', 'bench')).filter((file) => SUFFIX.test(file)) : [];
  const file = files.find((name) => name.replace(SUFFIX, '') === wanted);
  if (!file) throw new Error(`${wanted ? `no scenario "${wanted}"` : 'name a scenario'}; there are: ${files.map((name) => name.replace(SUFFIX, '')).join(', ') || 'none'}`);
  return runChild(await ensureReady(), ['--conditions=source', inProject('test', 'bench', file), ...args]);
});
