import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./accept-until-killed.mjs', import.meta.url));

/** Kills a process that accepts into the candidate, opens its store again and answers how many of the ids it named are missing. */
export async function missingAfterKill({ name, make }, file, accepts) {
  const child = spawn(process.execPath, ['--conditions=source', '--no-warnings', CHILD, name, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ids = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('id-')) ids.push(line);
    if (ids.length === accepts) child.kill('SIGKILL');
  }
  const store = await make(file);
  let missing = 0;
  for (const id of ids) if (!(await store.has(id))) missing++;
  await store.close();
  return { named: ids.length, missing };
}
