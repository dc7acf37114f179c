import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HOST_ENTRY, HOST_EXEC_ARGV } from './host-entry.ts';
import type { ExecutorHost, HostEvents, HostOptions } from './host.port.ts';
import type { FromHost, ToHost } from './messages.ts';

/** A host in a child process: whatever user code or native code does there, this process lives on. Ends by itself when this one does. */
export class ProcessHost implements ExecutorHost {
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(options: HostOptions, events: HostEvents) {
    this.#child = fork(fileURLToPath(HOST_ENTRY), [], {
      env: { ...options.environment },
      execArgv: [...HOST_EXEC_ARGV, `--max-old-space-size=${options.maxHeapMiB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#gone = new Promise((resolve) => {
      const exited = (how: string): void => {
        resolve();
        events.onExit(how);
      };
      // `error` without a process id: it could not be started, and no exit follows. With one: a message could not be sent, an exit does.
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) exited(`could not be started: ${error.message}`);
      });
      this.#child.once('exit', (code, signal) => exited(signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
    });
    this.#child.on('message', (message) => events.onMessage(message as FromHost));
  }

  post(message: ToHost): void {
    // A message to a child that has gone is lost by intent: its exit settles whatever waited for an answer.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
