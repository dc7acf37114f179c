import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** What a figure must be read with. */
export function describeEnvironment(): string {
  const processors = cpus();
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
  const changed = execFileSync('git', ['status', '--porcelain', '--untracked-files=no']).toString().trim() === '' ? '' : ' with changes';
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, commit ${commit}${changed}`;
}
