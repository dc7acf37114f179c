import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import type { EmbeddedEngine, EmbeddedEngineOptions } from '#common/adapters/embedded';
import type { Log, LogFields, LogLevel } from '#common/ports';
import { FakeClock } from '../support/fake-clock.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** An embedded engine over a folder of its own, with a clock that the test moves. */
export interface EmbeddedUnderTest {
  readonly engine: EmbeddedEngine;
  readonly clock: FakeClock;
  readonly dataDir: string;
  /** What was logged above debug. */
  readonly lines: readonly LogLine[];
  /** Closes the engine and opens the folder again. */
  reopen(): Promise<EmbeddedEngine>;
  /** Closes the engine and removes the folder. */
  close(): Promise<void>;
}

export async function openEmbedded(options: Partial<EmbeddedEngineOptions> = {}): Promise<EmbeddedUnderTest> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'millrace-embedded-')));
  const clock = new FakeClock();
  const lines: LogLine[] = [];
  const log: Log = {
    write: (level, message, fields = {}) => {
      if (level !== 'debug') lines.push({ level, message, fields });
    },
  };
  const open = (): Promise<EmbeddedEngine> => openEmbeddedEngine({ clock, log, lockWaitMs: 0, ...options, dataDir });
  let engine = await open();
  return {
    get engine() {
      return engine;
    },
    clock,
    dataDir,
    lines,
    reopen: async () => {
      await engine.close();
      engine = await open();
      return engine;
    },
    close: async () => {
      await engine.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
