import { parentPort } from 'node:worker_threads';
import type { FromHost, ToHost } from './messages.ts';

/** The inner end of a host's channel, the same in a thread and in a process. */
export interface HostChannel {
  post(message: FromHost, transfer: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: ToHost) => void): void;
}

/** Whichever channel this module was started with. Throws when it was started by hand. */
export function openHostChannel(): HostChannel {
  if (parentPort !== null) return threadChannel(parentPort);
  if (process.send !== undefined) return processChannel();
  throw new Error('executor-main runs inside a pool: it is started as a worker thread or a forked process, never by hand.');
}

function threadChannel(port: NonNullable<typeof parentPort>): HostChannel {
  return {
    post: (message, transfer) => port.postMessage(message, transfer),
    onMessage: (listener) => port.on('message', listener),
  };
}

function processChannel(): HostChannel {
  // The parent is gone, in whatever way: nobody is left to answer.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole foreground group; when to stop is the parent's decision, which may be to finish first.
  process.on('SIGINT', () => undefined);
  return {
    post: (message) => process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => process.on('message', (message) => listener(message as ToHost)),
  };
}
