import type { ErrorInfo } from '#common/errors';
import type { CompiledStage } from '#common/pipeline';
import type { LogFields, LogLevel } from '#common/ports';
import type { ExecuteCall, ExecutorDescription } from '../executors/index.ts';
import type { PackedTensors } from './packed-tensors.ts';

// The one protocol between a pool and its hosts, threads and processes alike. Everything survives a structured clone.
//   pool -> host   load (first, once), call (only after ready; the next one only after the last was answered), unload (last)
//   host -> pool   ready or failed (once, to load), then done or error (once, to each call), log (any time)
// Whatever else ends the talk is the host's death, which the pool sees by itself.

export interface LoadMessage {
  readonly kind: 'load';
  readonly pipeline: string;
  readonly version: string;
  readonly stage: CompiledStage;
}

export interface CallMessage {
  readonly kind: 'call';
  readonly inputs: PackedTensors;
  readonly parameters: ExecuteCall['parameters'];
  readonly requestIds: readonly string[];
  readonly remainingMs: number;
}

export interface UnloadMessage {
  readonly kind: 'unload';
}

export type ToHost = LoadMessage | CallMessage | UnloadMessage;

export interface ReadyMessage {
  readonly kind: 'ready';
  readonly description: ExecutorDescription;
}

/** The executor did not load; the host ends by itself. */
export interface FailedMessage {
  readonly kind: 'failed';
  readonly error: ErrorInfo;
}

export interface DoneMessage {
  readonly kind: 'done';
  readonly outputs: PackedTensors;
}

export interface ErrorMessage {
  readonly kind: 'error';
  readonly error: ErrorInfo;
}

export interface LogMessage {
  readonly kind: 'log';
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
}

export type FromHost = ReadyMessage | FailedMessage | DoneMessage | ErrorMessage | LogMessage;
