import { existsSync } from 'node:fs';

import { down } from '../../scripts/services/services.mjs';

/** Jest's globalTeardown: ends what this run started, if it started anything. */
export default async function tearDownServices() {
  const folder = process.env.TEST_SERVICES_FOLDER;
  if (folder !== undefined && existsSync(folder)) await down({ folder });
}
