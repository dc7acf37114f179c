import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.ts';

const MAINS = {
  autoscaler: fileURLToPath(new URL('../../dist/apps/autoscaler/main.js', import.meta.url)),
  ingress: fileURLToPath(new URL('../../dist/apps/ingress/main.js', import.meta.url)),
  worker: fileURLToPath(new URL('../../dist/apps/stage-worker/main.js', import.meta.url)),
};

export interface RoleOptions {
  readonly role: keyof typeof MAINS;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Milestone in its log that says it can work. */
  readonly readyWhen: string;
}

/** One process of the Kafka engine, run from the build: `npm run ingress`, `worker` or `autoscaler` without npm. */
export class RoleProcess {
  private readonly child: ChildProcess;
  private printed = '';

  private constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.printed += chunk.toString();
      });
    }
  }

  static async start({ role, args = [], env, readyWhen }: RoleOptions): Promise<RoleProcess> {
    const { NODE_OPTIONS: _jest, ...inherited } = process.env;
    const clean = Object.fromEntries(Object.entries(inherited).filter(([name]) => !name.startsWith('MILLRACE_')));
    const child = spawn(process.execPath, [MAINS[role], ...args], { env: { ...clean, MILLRACE_ENGINE: 'kafka', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = new RoleProcess(child);
    await waitUntil(`${role} ${args.join(' ')} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`${role} exited with ${child.exitCode}:\n${started.printed}`);
      return started.printed.includes(readyWhen);
    }, { withinMs: 60_000 });
    return started;
  }

  get output(): string {
    return this.printed;
  }

  /** Answers the exit code; null when a signal ended it. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
    return this.child.exitCode;
  }
}
