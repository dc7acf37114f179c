import { bootstrap, engineUnit, openProcess, runProcess } from '#common/nest';
import { createAdmin, createIngress, ingressConfig } from './index.ts';
import { readEnvironment } from './process.config.ts';

/** `npm run ingress`: the REST ingress as a process of its own, on Kafka and Redis. */
await runProcess(async () => {
  const opened = await openProcess({ role: 'ingress', environment: readEnvironment(), isWhole: false });
  const { catalog, config, engine, log, random } = opened;
  const pipelines = catalog.list();
  for (const { error } of catalog.broken()) log.write('warn', `a pipeline file cannot be used: ${error.message}`);
  const ingress = createIngress({ ...engine, random, log, catalog, config: ingressConfig(config) });
  const admin = createAdmin(config, log);
  const onReady = (): void => log.write('info', 'ingress is open', { host: config.host, port: config.httpPort, pipelines: pipelines.map(({ name }) => name).join(', ') });
  return bootstrap({ units: [engineUnit(opened, pipelines), ingress, admin], log, process, onReady });
});
