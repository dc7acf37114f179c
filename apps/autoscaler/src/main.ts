import { bootstrap, engineUnit, openProcess, runProcess } from '#common/nest';
import { createAutoscaler } from './index.ts';
import { readEnvironment } from './process.config.ts';

/** `npm run autoscaler`: the control loop as a process of its own, on Kafka and Redis. */
await runProcess(async () => {
  const opened = await openProcess({ role: 'autoscaler', environment: readEnvironment(), isWhole: false });
  const { catalog, config, engine, log } = opened;
  const loop = createAutoscaler({ ...engine, catalog, log, prefix: config.prefix });
  const unit = { name: 'autoscaler', start: async () => loop.start(), drain: () => loop.stop(), stop: () => loop.stop() };
  return bootstrap({ units: [engineUnit(opened, catalog.list()), unit], log, process, onReady: () => log.write('info', 'autoscaler watches') });
});
