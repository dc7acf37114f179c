import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../../scripts/setup/project.mjs';
import { isRunning, startTimeOf } from '../../scripts/services/process-identity.mjs';
import { down } from '../../scripts/services/services.mjs';

const PREFIX = 'test-services-';

/**
 * Jest's globalSetup: names the folder in which this run's Kafka and Redis will be, and ends those of runs that died. Nothing is started yet: the
 * first suite that asks (`findServices`) does that, so a run of unit tests pays nothing.
 */
export default async function setUpServices() {
  const data = inProject('data');
  const leftOver = existsSync(data) ? readdirSync(data).filter((name) => name.startsWith(PREFIX) && !name.endsWith('.lock')) : [];
  await Promise.all(leftOver.filter((name) => !belongsToLivingRun(name)).map((name) => down({ folder: path.join(data, name) })));
  process.env.TEST_SERVICES_FOLDER = path.join(data, `${PREFIX}${process.pid}-${startTimeOf(process.pid)}`);
}

function belongsToLivingRun(name) {
  const [pid, startTime] = name.slice(PREFIX.length).split('-');
  return isRunning({ pid: Number(pid), startTime });
}
