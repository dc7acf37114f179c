import { mkdirSync } from 'node:fs';
import path from 'node:path';

import { redisAnswers } from './reachable.mjs';
import { startDetached, tryProgram, untilReady } from './run-program.mjs';

const READY_WITHIN_MS = 20_000;

/** Why no local Redis can be started, with what to install; undefined when it can. */
export async function redisServerMissing() {
  if ((await tryProgram('redis-server', ['--version'])) !== undefined) return undefined;
  return 'no "redis-server" on the path: install it (Debian: apt-get install redis-server; macOS: brew install redis)';
}

/** Starts a Redis that keeps what it is told (append-only file) and refuses rather than evicts when full. */
export async function startRedis({ folder, host, port, maxMemoryMb = 256 }) {
  mkdirSync(folder, { recursive: true });
  const logFile = path.join(folder, 'redis.log');
  const settings = { bind: host, port, dir: folder, appendonly: 'yes', 'maxmemory-policy': 'noeviction', maxmemory: `${maxMemoryMb}mb`, 'enable-debug-command': 'local' };
  const noted = startDetached('redis-server', Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]), { logFile, cwd: folder });
  const probe = () => redisAnswers(`redis://${host}:${port}`);
  return { ...noted, ready: untilReady({ name: 'Redis', noted, logFile, withinMs: READY_WITHIN_MS, probe }) };
}
