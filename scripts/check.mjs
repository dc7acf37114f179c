// `npm run check`: every guard of the layout. All of them run to the end and print all they found; one with a problem fails the whole.
import { ensureDependencies, runScript } from './setup/ensure-ready.mjs';
import { inProject, say } from './setup/project.mjs';
import { runChild } from './setup/run-child.mjs';

const bin = (...parts) => inProject('node_modules', ...parts);

const GUARDS = [
  ['types and project references', [bin('tsc7', 'bin', 'tsc'), '-b']],
  ['lint, rooms, doors and tables', [bin('eslint', 'bin', 'eslint.js'), '.']],
  ['directions of imports', [bin('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'), 'libs', 'apps', 'test', '--config', '.dependency-cruiser.cjs']],
  ['generated files', [inProject('scripts', 'generate.mjs'), '--check']],
];

await runScript(async () => {
  const node = await ensureDependencies();
  const broken = [];
  for (const [name, command] of GUARDS) {
    const startedAt = Date.now();
    const code = await runChild(node, command, { cwd: inProject() });
    say(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
    if (code !== 0) broken.push(name);
  }
  if (broken.length > 0) say(`broken: ${broken.join('; ')}`);
  return broken.length > 0 ? 1 : 0;
});
