import type { ProcessSignals } from '#common/nest';

const SIGNAL_OF_EXIT: Readonly<Record<number, NodeJS.Signals>> = { 130: 'SIGINT', 143: 'SIGTERM' };

/**
 * The process, but ended by a second signal as that signal ends any program. `process.exit` would first tear down the threads: one that is inside
 * a native model call then aborts the process with a core dump and the words "terminate called".
 */
export function endingAtOnce(real: NodeJS.Process): ProcessSignals {
  return {
    on: (event: string, listener: (reason: unknown) => void) => real.on(event, listener),
    removeListener: (event: string, listener: (reason: unknown) => void) => real.removeListener(event, listener),
    exit: (code) => {
      const signal = SIGNAL_OF_EXIT[code];
      if (signal === undefined) real.exit(code);
      real.removeAllListeners(signal);
      real.kill(real.pid, signal);
    },
  };
}
