import type { Log } from '#common/ports';
import { RuntimeMonitor } from '#common/telemetry';
import { AdminServer } from './admin-server.ts';

/** The operators' listener of a process, watching that process from now on. Not started. */
export function createAdmin({ host, adminPort }: { readonly host: string; readonly adminPort: number }, log: Log): AdminServer {
  const monitor = new RuntimeMonitor();
  monitor.start();
  return new AdminServer({
    host,
    port: adminPort,
    readRuntime: () => monitor.read(),
    reportFault: (error) => log.write('error', `a request to the admin port failed: ${String(error.cause ?? error.message)}`),
  });
}
