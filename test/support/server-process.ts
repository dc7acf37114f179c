import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;

export interface ServerOptions {
  readonly dataDir: string;
  readonly pipelines: string;
  /** Free port when absent. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real `millrace up` in a process of its own, run from the build. */
export class ServerProcess {
  readonly url: string;
  readonly port: number;
  private readonly child: ChildProcess;
  private printed = '';

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    const collect = (chunk: Buffer): void => {
      this.printed += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    // A test or bench that ends by an uncaught error must not leave its server behind.
    const endWithUs = (): void => void child.kill('SIGKILL');
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
  }

  /** Resolves when the server answers that it is ready. */
  static async start({ dataDir, pipelines, port, env }: ServerOptions): Promise<ServerProcess> {
    const listenOn = port ?? (await freePort());
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, 'up'], {
      env: { ...cleanEnvironment(), MILLRACE_HTTP_PORT: String(listenOn), MILLRACE_ADMIN_PORT: '0', MILLRACE_DATA_DIR: dataDir, MILLRACE_PIPELINES: pipelines, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new ServerProcess(child, listenOn);
    await server.untilReady();
    return server;
  }

  get output(): string {
    return this.printed;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
    return this.child.exitCode;
  }

  private async untilReady(): Promise<void> {
    const untilMs = Date.now() + READY_WITHIN_MS;
    while (Date.now() < untilMs) {
      if (this.child.exitCode !== null) throw new Error(`The server exited with ${this.child.exitCode} before it was ready:\n${this.printed}`);
      const ready = await fetch(`${this.url}/v2/health/ready`).then((answer) => answer.ok, () => false);
      if (ready) return;
      await pause(POLL_MS);
    }
    await this.kill('SIGKILL');
    throw new Error(`The server was not ready within ${READY_WITHIN_MS} ms:\n${this.printed}`);
  }
}

/** Jest's own Node options must not reach the server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _jest, ...rest } = process.env;
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !name.startsWith('MILLRACE_')));
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('The probe socket has no port.');
  return address.port;
}
