import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { requireNode } from './node-runtime.mjs';
import { inProject, say } from './project.mjs';
import { runChild } from './run-child.mjs';

const STAMP = inProject('dist', '.buildinfo', 'built-from');
const TSC = inProject('node_modules', 'tsc7', 'bin', 'tsc');

/** The command line's entry point; building its project builds everything that serves. */
export const CLI_MAIN = inProject('dist', 'apps', 'cli', 'main.js');

// Source folder -> its folder in dist, as the tsconfig files say it.
const PARTS = [
  ['libs/common/src', 'dist/libs/common'],
  ...['ingress', 'stage-worker', 'autoscaler', 'cli'].map((app) => [`apps/${app}/src`, `dist/apps/${app}`]),
];
const SETTINGS = /^(tsconfig.*|package)\.json$/;

/** True when no source file was added, removed or touched since the last build: a stat of each, no read. */
export function buildIsFresh() {
  return existsSync(CLI_MAIN) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sourcesHash();
}

/** Compiles what serves and copies what is not TypeScript. @throws Error when the compiler reports problems; they are on the terminal by then */
export async function build() {
  const startedAt = Date.now();
  const before = sourcesHash();
  await compile(['apps/cli']);
  copyAssets();
  writeFileSync(STAMP, before);
  say(`built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
}

/** @param {string[]} projects paths of TypeScript projects; none for all of them, specs and scripts included */
export async function compile(projects = []) {
  const code = await runChild(requireNode(), [TSC, '-b', ...projects], { cwd: inProject(), stdio: ['ignore', 2, 2] });
  if (code !== 0) throw new Error('the build failed; the problems are listed above.');
}

function sourcesHash() {
  const hash = createHash('sha256');
  for (const name of readdirSync(inProject())) if (SETTINGS.test(name)) addFile(hash, inProject(name));
  for (const [source] of PARTS) {
    for (const file of filesUnder(inProject(path.dirname(source)))) if (!file.endsWith('.spec.ts')) addFile(hash, file);
  }
  return hash.digest('hex');
}

function addFile(hash, file) {
  const { mtimeMs, size } = statSync(file);
  hash.update(`${file}\0${mtimeMs}\0${size}\n`);
}

function copyAssets() {
  for (const [source, target] of PARTS) {
    for (const file of filesUnder(inProject(source))) {
      if (/\.ts$/.test(file)) continue;
      const copy = inProject(target, path.relative(inProject(source), file));
      mkdirSync(path.dirname(copy), { recursive: true });
      copyFileSync(file, copy);
    }
  }
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
