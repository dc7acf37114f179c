import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { kafkaProperties } from './kafka-properties.mjs';
import { kafkaAnswers } from './reachable.mjs';
import { runToEnd, startDetached, untilReady } from './run-program.mjs';

const LOG_CONFIG = fileURLToPath(new URL('log4j2.properties', import.meta.url));
const READY_LINE = 'Kafka Server started';
const READY_WITHIN_MS = 60_000;

/**
 * Starts one broker from its jars; a data folder that is there already is kept and used again.
 * @param {import('./local-kafka.d.mts').BrokerOptions} options
 * @returns {Promise<import('./process-identity.d.mts').NotedProcess>}
 */
export async function startBroker({ jarsDir, folder, nodeId, host, nodes, clusterId, heapMb = 256, extra }) {
  mkdirSync(folder, { recursive: true });
  const properties = path.join(folder, 'server.properties');
  const logFile = path.join(folder, 'broker.log');
  const dataDir = path.join(folder, 'data');
  writeFileSync(properties, kafkaProperties({ nodeId, host, nodes, dataDir, extra }));
  if (!existsSync(path.join(dataDir, 'meta.properties'))) {
    await runToEnd('java', [...javaOptions(64), '-cp', path.join(jarsDir, '*'), 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties]);
  }
  const noted = startDetached('java', [...javaOptions(heapMb), '-cp', path.join(jarsDir, '*'), 'kafka.Kafka', properties], { logFile, cwd: folder });
  const { port } = nodes.find((node) => node.id === nodeId);
  // The line comes when the broker is let into its cluster; the socket is open long before.
  const probe = async () => readFileSync(logFile, 'utf8').includes(READY_LINE) && kafkaAnswers(`${host}:${port}`);
  return { ...noted, ready: untilReady({ name: `Kafka node ${nodeId}`, noted, logFile, withinMs: READY_WITHIN_MS, probe }) };
}

/** A new id as Kafka writes them: 16 random bytes in URL-safe base64. */
export function newClusterId() {
  return randomBytes(16).toString('base64url');
}

/** A small heap and the fast-starting compiler: it serves a laptop beside everything else. */
function javaOptions(heapMb) {
  return [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xss512k', '-Djava.awt.headless=true', `-Dlog4j2.configurationFile=${LOG_CONFIG}`];
}
