import type { Log } from '#common/ports';

/** A part of a process: ingress, workers, engine. */
export interface Unit {
  readonly name: string;
  /** Resolves when the unit serves. */
  start(): Promise<unknown>;
  /** Takes nothing new and finishes what it holds, for at most the drain time. */
  drain(): Promise<unknown>;
  /** Lets go of everything at once. */
  stop(): Promise<unknown>;
}

/** Exit codes of every Millrace process. */
export const EXIT = {
  /** Stopped on request, everything in hand finished. */
  ok: 0,
  /** Could not start, or failed while running. */
  failed: 1,
  /** Wrong settings or arguments. */
  usage: 2,
  /** Stopped by a second signal before the drain was over: 128 + the signal's number. */
  interrupted: 130,
  terminated: 143,
} as const;

/** What bootstrap needs of a process; the real one, or a test's. */
export interface ProcessSignals {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  removeListener(event: 'SIGTERM' | 'SIGINT' | 'uncaughtException' | 'unhandledRejection', listener: (reason: unknown) => void): unknown;
  exit(code: number): void;
}

export interface BootstrapOptions {
  /** In start order (engine, workers, ingress). They drain and stop in the opposite order, so that nobody loses what it still needs. */
  readonly units: readonly Unit[];
  readonly log: Log;
  readonly process: ProcessSignals;
  /** Called once everything runs. */
  readonly onReady?: () => void;
  /** Milliseconds that only grow; tells a second signal from the echo of the first. */
  readonly nowMs?: () => number;
}

// Ctrl-C reaches every process of a terminal, and npm (and the launcher) passes it on to us besides: one key press, up to three signals.
const ECHO_MS = 500;

/**
 * STARTING -> RUNNING -> DRAINING -> STOPPED; a second signal or an uncaught error ends the process at once.
 * Runs the units until SIGTERM or SIGINT and returns the exit code (the caller exits). A start that fails stops what had started and rejects
 * with the reason.
 */
export async function bootstrap({ units, log, process, onReady, nowMs = () => performance.now() }: BootstrapOptions): Promise<number> {
  const end = listen(process, log, nowMs);
  const started: Unit[] = [];
  try {
    for (const unit of units) {
      started.unshift(unit);
      await unit.start();
    }
    onReady?.();
    await end.asked;
    log.write('info', 'draining: no new work; a second signal stops at once');
    for (const unit of started) await unit.drain();
    return EXIT.ok;
  } finally {
    for (const unit of started) await stopQuietly(unit, log);
    end.release();
  }
}

/** One unit that fails to stop must not keep the others open. */
async function stopQuietly(unit: Unit, log: Log): Promise<void> {
  try {
    await unit.stop();
  } catch (error) {
    log.write('warn', `${unit.name} did not stop cleanly: ${describe(error)}`);
  }
}

function listen(process: ProcessSignals, log: Log, nowMs: () => number): { readonly asked: Promise<void>; release(): void } {
  let askedAtMs: number | undefined;
  let ask = (): void => undefined;
  const signalled = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const onSignal = (code: number) => (): void => {
    if (askedAtMs !== undefined && nowMs() - askedAtMs >= ECHO_MS) process.exit(code);
    askedAtMs ??= nowMs();
    ask();
  };
  // State after an uncaught error is unknown; accepted work is durable, so ending here loses nothing and going on might.
  const onError = (reason: unknown): void => {
    log.write('error', `uncaught error, stopping at once: ${describe(reason)}`);
    process.exit(EXIT.failed);
  };
  const terminate = onSignal(EXIT.terminated);
  const interrupt = onSignal(EXIT.interrupted);
  process.on('SIGTERM', terminate);
  process.on('SIGINT', interrupt);
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
  return {
    asked: signalled,
    release: () => {
      process.removeListener('SIGTERM', terminate);
      process.removeListener('SIGINT', interrupt);
      process.removeListener('uncaughtException', onError);
      process.removeListener('unhandledRejection', onError);
    },
  };
}

function describe(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
}
