import { hostname } from 'node:os';
import { PipelineFiles, SystemClock, SystemRandom } from '#common/adapters/system';
import { Catalog } from '#common/catalog';
import { loadConfig } from '#common/config';
import type { Config, Environment } from '#common/config';
import type { Log, Random } from '#common/ports';
import { createLog } from '#common/telemetry';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';

export interface ProcessOptions {
  /** What the process is: `up`, `ingress`, `worker`, `autoscaler`. */
  readonly role: string;
  readonly environment: Environment;
  /** Holds ingress and workers together. */
  readonly isWhole: boolean;
}

/** What every Millrace process stands on. */
export interface OpenProcess {
  readonly config: Config;
  readonly log: Log;
  readonly random: Random;
  readonly catalog: Catalog;
  readonly engine: Engine;
  /** Unique among the processes of a deployment. */
  readonly name: string;
}

/** Reads the settings, loads the pipelines and opens the engine. Rejects with CONFIG_INVALID, STORE_LOCKED or STORE_UNAVAILABLE. */
export async function openProcess({ role, environment, isWhole }: ProcessOptions): Promise<OpenProcess> {
  const config = loadConfig(environment);
  // The log goes to stderr: stdout is for answers to people and tools.
  const log = createLog({ level: config.logLevel, form: process.stderr.isTTY ? 'lines' : 'json', destination: process.stderr });
  const clock = new SystemClock();
  const random = new SystemRandom();
  const name = `${role}@${hostname()}-${process.pid}`;
  const catalog = new Catalog(new PipelineFiles(config.pipelines));
  const [opened, loaded] = await Promise.allSettled([openEngine({ config, clock, random, log, processName: name, isWhole }), catalog.load()]);
  if (opened.status === 'rejected') throw opened.reason;
  const engine = opened.value;
  if (loaded.status === 'rejected') {
    // An open engine keeps the process alive, and nobody would be left to close it.
    await engine.close();
    throw loaded.reason;
  }
  return { config, log, random, catalog, engine, name };
}
