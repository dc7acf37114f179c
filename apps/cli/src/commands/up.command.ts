import { createAutoscaler } from '#apps/autoscaler';
import { createAdmin, createIngress, ingressConfig } from '#apps/ingress';
import { bootstrap, engineUnit, openProcess } from '#common/nest';
import type { ExitCode } from '../exit-codes.ts';
import { formatBanner } from '../up/banner.ts';
import { endingAtOnce } from '../up/end-at-once.ts';
import { readEnvironment } from '../up/up.config.ts';
import { WorkersUnit } from '../up/workers-unit.ts';
import type { CommandBody } from './command.ts';

/** `millrace up`: ingress, workers and autoscaler in one process, over the embedded engine unless told otherwise. Ends by signal, after draining. */
export const upCommand: CommandBody<object> = async (_options, { console }) => {
  const environment = readEnvironment();
  const opened = await openProcess({ role: 'up', environment, isWhole: true });
  const { catalog, config, engine, log, random } = opened;
  const ports = { ...engine, random, log, prefix: config.prefix };

  const pipelines = catalog.list();
  const workers = new WorkersUnit({ ...ports, pipelines, drainMs: config.drainMs, environment });
  const ingress = createIngress({ ...ports, catalog, config: ingressConfig(config) });
  const autoscaler = createAutoscaler({ ...ports, catalog });
  const scaling = { name: 'autoscaler', start: async () => autoscaler.start(), drain: () => autoscaler.stop(), stop: () => autoscaler.stop() };
  const admin = createAdmin(config, log);
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
    units: [engineUnit(opened, pipelines, (request) => ingress.adopt(request)), workers, front, scaling, operators],
    log,
    process: endingAtOnce(process),
    onReady: () => void announce(),
  })) as ExitCode;
};
