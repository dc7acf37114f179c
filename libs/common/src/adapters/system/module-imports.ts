import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { init, parse } from 'es-module-lexer';

/**
 * The files a module imports by relative path, and what those import, each once, as absolute paths. Nothing is executed. Packages are left out:
 * their versions are the lockfile's matter. A file that cannot be read or parsed imports nothing here; whoever loads it says what is wrong with it.
 */
export async function relativeImports(module: string): Promise<readonly string[]> {
  await init;
  const found = new Set<string>();
  const queue = [module];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const imported of await importsOf(next)) {
      if (imported === module || found.has(imported)) continue;
      found.add(imported);
      queue.push(imported);
    }
  }
  return [...found].toSorted();
}

async function importsOf(file: string): Promise<readonly string[]> {
  try {
    const [imports] = parse(await readFile(file, 'utf8'));
    const specifiers = imports.map((entry) => entry.specifier).filter((specifier) => typeof specifier === 'string');
    return specifiers.filter((specifier) => /^\.\.?\//.test(specifier)).map((specifier) => resolve(dirname(file), specifier));
  } catch {
    return [];
  }
}
