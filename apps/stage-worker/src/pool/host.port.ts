import type { FromHost, ToHost } from './messages.ts';

/** A thread or process that runs `executor-main`, seen from the pool. Starts when it is opened. */
export interface ExecutorHost {
  /** `transfer` lists buffers that may be moved instead of copied; the caller does not touch them again. Does not block, does not throw for
   *  a host that is gone. */
  post(message: ToHost, transfer: readonly ArrayBuffer[]): void;
  /** Ends it at once, in the middle of anything. Resolves when it is gone; idempotent. */
  kill(): Promise<void>;
}

export interface HostEvents {
  onMessage(message: FromHost): void;
  /** Called once, when the host is gone for whatever reason; `how` completes "the thread ...": `ended with code 1`. */
  onExit(how: string): void;
}

export interface HostOptions {
  /** What the host's `process.env` shows: nothing else of the environment reaches user code. */
  readonly environment: Readonly<Record<string, string>>;
  /** Most JavaScript heap of the host, MiB. Past it the host dies, nothing else does. (Tensors lie outside the heap.) */
  readonly maxHeapMiB: number;
}

export type OpenHost = (events: HostEvents) => ExecutorHost;
