import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file written over a copy of the tree, and what the guards must say about it. */
export interface Plant {
  /** The rule, lint message or compiler error expected for this file. */
  readonly rule: string;
  readonly file: string;
  readonly text: string;
  /** Other files the violation needs; nothing is expected of them. */
  readonly beside?: Readonly<Record<string, string>>;
}

const SETTINGS = ['.dependency-cruiser.cjs', 'eslint.config.mjs', 'package.json', 'tsconfig.base.json', 'tsconfig.json', 'scripts/guards'];

/**
 * Copies code and settings to a folder of its own and writes the plants over them.
 * The folder lies below the project, so that packages are found as they are for the project.
 */
export async function plantTree(name: string, plants: readonly Plant[]): Promise<string> {
  const folder = path.join(ROOT, 'dist', `planted-${name}-${process.pid}`);
  await rm(folder, { recursive: true, force: true });
  for (const part of ['apps', 'libs', ...SETTINGS]) {
    await cp(path.join(ROOT, part), path.join(folder, part), { recursive: true, filter: (source) => !source.endsWith('.spec.ts') });
  }
  for (const { file, text, beside } of plants) {
    for (const [target, content] of [...Object.entries(beside ?? {}), [file, text] as const]) {
      await mkdir(path.dirname(path.join(folder, target)), { recursive: true });
      await writeFile(path.join(folder, target), content);
    }
  }
  return folder;
}

/** Runs a development tool to its end. Resolves to what it printed on standard output, whatever its exit code. */
export async function runTool(tool: string, args: readonly string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS: _jestOnly, ...env } = process.env;
  const child = spawn(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString();
}
