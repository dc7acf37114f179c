import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { runToEnd, tryProgram } from './run-program.mjs';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
const LOWEST_JAVA = 17;

/** Why Kafka cannot be run from its jars here, as a sentence that says what to install; undefined when it can. */
export async function kafkaJarsMissing(jarsDir) {
  const java = await tryProgram('java', ['-version']);
  if (java === undefined) return `no "java" on the path: install a Java ${LOWEST_JAVA} or newer runtime (Debian: apt-get install default-jre-headless)`;
  const version = Number(/version "(\d+)/.exec(java)?.[1] ?? 0);
  if (version < LOWEST_JAVA) return `"java" is version ${version}: Kafka needs ${LOWEST_JAVA} or newer`;
  if (existsSync(jarsDir) || (await tryProgram('mvn', ['-v'])) !== undefined) return undefined;
  return 'no "mvn" on the path to fetch Kafka with: install Maven (Debian: apt-get install maven)';
}

/** Puts Kafka's jars into `jarsDir`, once. */
export async function fetchKafkaJars(jarsDir, say) {
  if (existsSync(jarsDir)) return;
  say('fetching Kafka (about 45 MB) with Maven');
  const part = `${jarsDir}.${process.pid}.part`;
  try {
    await runToEnd('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${path.resolve(part)}`]);
    if (!existsSync(jarsDir)) renameSync(part, jarsDir);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
