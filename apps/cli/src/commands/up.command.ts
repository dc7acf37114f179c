import { createAutoscaler } from '#apps/autoscaler';
import { AdminServer, createIngress, ingressConfig } from '#apps/ingress';
import { openEmbeddedEngine } from '#common/adapters/embedded';
import { PipelineFiles, SystemClock, SystemRandom } from '#common/adapters/system';
import { Catalog } from '#common/catalog';
import { bootstrap } from '#common/nest';
import { RuntimeMonitor, createLog } from '#common/telemetry';
import type { ExitCode } from '../exit-codes.ts';
import { formatBanner } from '../up/banner.ts';
import { endingAtOnce } from '../up/end-at-once.ts';
import { EngineUnit } from '../up/engine-unit.ts';
import { readConfig, readEnvironment } from '../up/up.config.ts';
import { WorkersUnit } from '../up/workers-unit.ts';
import type { CommandBody } from './command.ts';

/** `millrace up`: ingress, workers and autoscaler in one process over the embedded engine. Ends by signal, after draining. */
export const upCommand: CommandBody<object> = async (_options, { console }) => {
  const config = readConfig();
  // The log goes to stderr: stdout is for the banner, or with --json for its machine form.
  const log = createLog({ level: config.logLevel, form: process.stderr.isTTY ? 'lines' : 'json', destination: process.stderr });
  const clock = new SystemClock();
  const { dataDir, durability, prefix, drainMs } = config;

  const catalog = new Catalog(new PipelineFiles(config.pipelines));
  const [opened, loaded] = await Promise.allSettled([openEmbeddedEngine({ dataDir, durability, clock, log }), catalog.load()]);
  if (opened.status === 'rejected') throw opened.reason;
  const engine = opened.value;
  if (loaded.status === 'rejected') {
    // An open engine keeps the process alive, and nobody would be left to close it.
    await engine.close();
    throw loaded.reason;
  }
  const ports = { ...engine, clock, random: new SystemRandom(), log, prefix };

  const pipelines = catalog.list();
  const workers = new WorkersUnit({ ...ports, pipelines, drainMs, environment: readEnvironment() });
  const ingress = createIngress({ ...ports, catalog, config: ingressConfig(config) });
  const autoscaler = createAutoscaler({ ...ports, catalog });
  const scaling = { name: 'autoscaler', start: async () => autoscaler.start(), drain: () => autoscaler.stop(), stop: () => autoscaler.stop() };
  const monitor = new RuntimeMonitor();
  monitor.start();
  const admin = new AdminServer({
    host: config.host,
    port: config.adminPort,
    readRuntime: () => monitor.read(),
    reportFault: (error) => log.write('error', `a request to the admin port failed: ${String(error.cause ?? error.message)}`),
  });
  let url = '';
  let adminUrl = '';
  const front = { name: ingress.name, start: async () => ({ url } = await ingress.start()), drain: () => ingress.drain(), stop: () => ingress.stop() };
  const operators = { name: admin.name, start: async () => ({ url: adminUrl } = await admin.start()), drain: () => admin.drain(), stop: () => admin.stop() };

  const announce = async (): Promise<void> => {
    console.progress(`loading ${pipelines.reduce((sum, { stages }) => sum + stages.length, 0)} stages of ${pipelines.length} pipelines ...\n`);
    const failures = await workers.loaded();
    const startedInMs = process.uptime() * 1000;
    console.say(formatBanner({ url, adminUrl, pipelines, broken: catalog.broken(), failures, folder: config.pipelines, startedInMs }));
    console.data({ url, adminUrl, pipelines: pipelines.map(({ name, version }) => ({ name, version })), failures, broken: catalog.broken().map(({ file, problems }) => ({ file, problems })) });
  };
  return (await bootstrap({
    units: [new EngineUnit({ engine, pipelines, log, prefix, onRestored: (request) => ingress.adopt(request) }), workers, front, scaling, operators],
    log,
    process: endingAtOnce(process),
    onReady: () => void announce(),
  })) as ExitCode;
};
