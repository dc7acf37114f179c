import { Worker } from 'node:worker_threads';
import { HOST_ENTRY, HOST_EXEC_ARGV } from './host-entry.ts';
import type { ExecutorHost, HostEvents, HostOptions } from './host.port.ts';
import type { FromHost, ToHost } from './messages.ts';

/** A host in a worker thread: cheap calls, memory shared with the process; a fault in native code takes the process with it. */
export class ThreadHost implements ExecutorHost {
  readonly #worker: Worker;

  constructor(options: HostOptions, events: HostEvents) {
    this.#worker = new Worker(HOST_ENTRY, {
      env: { ...options.environment },
      execArgv: [...HOST_EXEC_ARGV],
      resourceLimits: { maxOldGenerationSizeMb: options.maxHeapMiB },
    });
    // An uncaught error ends the thread; it is told here first, without a code.
    let fault: Error | undefined;
    this.#worker.on('error', (error: Error) => {
      fault = error;
    });
    this.#worker.on('message', (message: FromHost) => events.onMessage(message));
    this.#worker.once('exit', (code) => events.onExit(fault === undefined ? `ended with code ${code}` : `died of ${fault.name}: ${fault.message}`));
  }

  post(message: ToHost, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }

  async kill(): Promise<void> {
    await this.#worker.terminate();
  }
}
