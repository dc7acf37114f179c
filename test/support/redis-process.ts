import { expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { temporaryFolder } from './temporary-folder.ts';
import { waitUntil } from './wait-until.ts';

const isInstalled = spawnSync('redis-server', ['--version']).error === undefined;
const isRequired = process.env['MILLRACE_REQUIRE_SERVICES'] === '1';

/** Declares tests that need a redis-server. Without one they are skipped aloud, or fail where services are required. */
export function withRedisServer(what: string, declare: () => void): void {
  if (isInstalled) declare();
  else if (isRequired) it(`${what} (no redis-server)`, () => expect('redis-server on the PATH').toBe('there, because MILLRACE_REQUIRE_SERVICES=1'));
  else it.skip(`${what} (skipped: there is no redis-server on the PATH)`, () => undefined);
}

/** A real redis-server in a process and a folder of its own. */
export class RedisProcess {
  readonly #args: readonly string[];
  readonly #folder = temporaryFolder();
  #child: ChildProcess | undefined;
  #port = 0;

  /** @param args settings beside the usual ones, as on redis-server's command line */
  constructor(args: readonly string[] = []) {
    this.#args = args;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Resolves when the server answers. A second start takes the same port and folder, so that it finds its data again. */
  async start(): Promise<void> {
    this.#port ||= await freePort();
    const settings = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.#folder.path, '--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction', '--enable-debug-command', 'local'];
    const child = spawn('redis-server', [...settings, ...this.#args], { stdio: 'ignore' });
    this.#child = child;
    await waitUntil('redis-server to answer', () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with code ${child.exitCode}`);
      return this.#answers();
    });
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the server and removes its data. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
    this.#folder.remove();
  }

  /** Runs one command by the plain protocol, beside the client that is under test; answers what redis-server wrote. */
  command(...words: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => void socket.write(`${words.map((word) => JSON.stringify(word)).join(' ')}\r\nQUIT\r\n`));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('end', () => resolve(answer.replace(/\+OK\r\n$/, '')));
      socket.on('error', reject);
    });
  }

  async #answers(): Promise<boolean> {
    const answer = await this.command('PING').catch(() => '');
    return answer.startsWith('+PONG') || answer.startsWith('-NOAUTH');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
