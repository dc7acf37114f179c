import { AppError } from '#common/errors';

/** What is read from Redis' INFO. */
export interface ServerInfo {
  readonly version: string;
  readonly evictionPolicy: string;
  /** Bytes; 0 = no limit. */
  readonly maxMemory: number;
  readonly usedMemory: number;
  /** Writes are logged to disk, so that a restart finds them again. */
  readonly keepsLog: boolean;
}

/** SET with PXAT came with 6.2, PEXPIREAT with GT with 7.0. */
const OLDEST = 7;

/** Parses the text of INFO. A server that does not tell something is taken to have Redis' default. */
export function parseServerInfo(text: string): ServerInfo {
  const fields = new Map(text.split(/\r?\n/).flatMap((line) => (line.includes(':') ? [[line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const] : [])));
  return {
    version: fields.get('redis_version') ?? '0',
    evictionPolicy: fields.get('maxmemory_policy') ?? 'noeviction',
    maxMemory: Number(fields.get('maxmemory') ?? 0),
    usedMemory: Number(fields.get('used_memory') ?? 0),
    keepsLog: fields.get('aof_enabled') !== '0',
  };
}

/** @throws CONFIG_INVALID naming the setting */
export function checkServer(where: string, { version, evictionPolicy }: ServerInfo): void {
  if (Number.parseInt(version, 10) < OLDEST) {
    throw new AppError('CONFIG_INVALID', `Redis at ${where} is version ${version}; Millrace needs ${OLDEST}.0 or newer (or a Valkey of any version).`);
  }
  if (evictionPolicy !== 'noeviction') {
    throw new AppError(
      'CONFIG_INVALID',
      `Redis at ${where} has maxmemory-policy "${evictionPolicy}": it would drop requests and results when it is full. Set "maxmemory-policy noeviction" in redis.conf, or run: redis-cli CONFIG SET maxmemory-policy noeviction`,
    );
  }
}

/** What works, but not as people may expect; one sentence each. */
export function serverWarnings(where: string, { keepsLog, maxMemory }: ServerInfo): readonly string[] {
  return [
    ...(keepsLog ? [] : [`Redis at ${where} keeps no log of its writes: when it restarts, every running request ends in STATE_LOST and stored results are gone; set "appendonly yes"`]),
    ...(maxMemory > 0 ? [] : [`Redis at ${where} has no memory limit: new work is not refused before its machine is full; set "maxmemory"`]),
  ];
}

/** The share of its memory limit that Redis uses; 0 when there is no limit. */
export function fullness({ maxMemory, usedMemory }: ServerInfo): number {
  return maxMemory > 0 ? usedMemory / maxMemory : 0;
}
