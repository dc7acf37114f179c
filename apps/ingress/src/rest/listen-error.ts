import { AppError } from '#common/errors';

export interface ListenPlace {
  /** The variable that gave the port. */
  readonly setting: string;
  readonly port: number;
  readonly host: string;
}

/** Why a port could not be opened, as the setting to change. */
export function listenError({ setting, port, host }: ListenPlace, cause: unknown): AppError {
  return new AppError('CONFIG_INVALID', sentence({ setting, port, host }, cause), { cause });
}

function sentence({ setting, port, host }: ListenPlace, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  const named = `${setting}="${port}": the port`;
  if (code === 'EADDRINUSE') return `${named} is in use. Stop the other server, or choose another port; 0 takes any free one.`;
  if (code === 'EACCES') return `${named} is reserved for the system's own servers. Choose one from 1024 on; 0 takes any free one.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `MILLRACE_HOST="${host}": not an address of this machine. Use 127.0.0.1, one of its own, or 0.0.0.0 for all of them.`;
  return `${named} cannot be opened on ${host}: ${message}.`;
}
