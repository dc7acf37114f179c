import { rmSync } from 'node:fs';
import path from 'node:path';

import { inProject } from '../setup/project.mjs';
import { dockerMissing, removeContainers, startContainers } from './docker-services.mjs';
import { fetchKafkaJars, kafkaJarsMissing } from './kafka-jars.mjs';
import { newClusterId, startBroker } from './local-kafka.mjs';
import { redisServerMissing, startRedis } from './local-redis.mjs';
import { endProcess, isRunning } from './process-identity.mjs';
import { freePorts, kafkaAnswers, redisAnswers } from './reachable.mjs';
import { readState, withLock, writeState } from './state.mjs';

const HOST = '127.0.0.1';

/** Where `npm run services` keeps data and pids. */
export const SERVICES_FOLDER = inProject('data', 'services');

/** Kept apart, so that `down` does not cost a download. The version is the pom's. */
export const KAFKA_JARS = inProject('data', 'kafka-jars-4.4.0');

/**
 * Makes Kafka and Redis available and says where. Each is taken from the first way that works: given (MILLRACE_KAFKA_BROKERS,
 * MILLRACE_REDIS_URL), Docker, local programs. What runs already is kept. Rejects naming everything that is missing.
 * @param {import('./services.d.mts').UpOptions} [options]
 */
export function up({ folder = SERVICES_FOLDER, env = process.env, ports = {}, say = () => undefined } = {}) {
  return withLock(folder, async () => {
    const found = await look({ folder, env });
    const wanted = ['kafka', 'redis'].filter((name) => !found[name].up);
    const wrong = wanted.filter((name) => found[name].how === 'given');
    if (wrong.length > 0) throw new Error(wrong.map((name) => `${found[name].address} does not answer; it was given by ${found[name].variable}. Start it, or leave the variable unset.`).join('\n'));
    if (wanted.length > 0) await start({ folder, wanted, ports, say });
    return look({ folder, env });
  });
}

/** Ends what `up` started from this folder, and removes the folder. Given services are left alone. */
export function down({ folder = SERVICES_FOLDER, say = () => undefined } = {}) {
  return withLock(folder, async () => {
    const state = readState(folder) ?? {};
    for (const [name, noted] of Object.entries(state)) say(`ending ${name} (${noted.how})`);
    if (Object.values(state).some((noted) => noted.how === 'docker')) await removeContainers();
    await Promise.all(Object.values(state).filter((noted) => noted.how === 'local').map((noted) => endProcess(noted)));
    rmSync(folder, { recursive: true, force: true });
    return Object.keys(state);
  });
}

/** Where the services are, how they came and whether they answer now. Starts nothing. */
export async function look({ folder = SERVICES_FOLDER, env = process.env } = {}) {
  const state = readState(folder) ?? {};
  const kafka = describe(state.kafka, env, 'MILLRACE_KAFKA_BROKERS');
  const redis = describe(state.redis, env, 'MILLRACE_REDIS_URL');
  return {
    kafka: { ...kafka, up: kafka.address !== undefined && (await kafkaAnswers(kafka.address)) },
    redis: { ...redis, up: redis.address !== undefined && (await redisAnswers(redis.address)) },
  };
}

function describe(noted, env, variable) {
  if (env[variable]) return { how: 'given', address: env[variable], variable };
  if (noted === undefined || (noted.how === 'local' && !isRunning(noted))) return { how: 'none' };
  return { how: noted.how, address: noted.address, ...(noted.pid === undefined ? {} : { pid: noted.pid }) };
}

async function start({ folder, wanted, ports, say }) {
  const [kafkaPort, controllerPort, redisPort] = await freePorts(3);
  const chosen = { kafka: ports.kafka ?? kafkaPort, controller: controllerPort, redis: ports.redis ?? redisPort };
  const noDocker = await dockerMissing();
  if (noDocker === undefined) return startInDocker({ folder, wanted, chosen, say });
  const missing = await localMissing(wanted);
  if (missing.length > 0) throw new Error(`Cannot start ${wanted.join(' and ')}:\n${[noDocker, ...missing].map((line) => `  - ${line}`).join('\n')}\nOr give running ones: MILLRACE_KAFKA_BROKERS=host:port, MILLRACE_REDIS_URL=redis://host:port`);
  await startLocally({ folder, wanted, chosen, say });
}

async function localMissing(wanted) {
  const checks = { kafka: () => kafkaJarsMissing(KAFKA_JARS), redis: redisServerMissing };
  return (await Promise.all(wanted.map((name) => checks[name]()))).filter((line) => line !== undefined);
}

async function startInDocker({ folder, wanted, chosen, say }) {
  say(`starting ${wanted.join(' and ')} in Docker`);
  await startContainers({ services: wanted, kafkaPort: chosen.kafka, redisPort: chosen.redis });
  const addresses = { kafka: `${HOST}:${chosen.kafka}`, redis: `redis://${HOST}:${chosen.redis}` };
  for (const name of wanted) note(folder, name, { how: 'docker', address: addresses[name] });
}

async function startLocally({ folder, wanted, chosen, say }) {
  // One that runs but does not answer would keep its ports and data from its successor.
  await Promise.all(wanted.map((name) => readState(folder)?.[name]).map((noted) => noted?.how === 'local' && endProcess(noted)));
  const starters = { kafka: () => startLocalKafka({ folder, chosen, say }), redis: () => startLocalRedis({ folder, chosen, say }) };
  await Promise.all(wanted.map((name) => starters[name]()));
}

async function startLocalKafka({ folder, chosen, say }) {
  await fetchKafkaJars(KAFKA_JARS, say);
  say('starting Kafka, about 5 s');
  const nodes = [{ id: 1, port: chosen.kafka, controllerPort: chosen.controller }];
  const broker = await startBroker({ jarsDir: KAFKA_JARS, folder: path.join(folder, 'kafka'), nodeId: 1, host: HOST, nodes, clusterId: newClusterId() });
  await noteThenWait(folder, 'kafka', `${HOST}:${chosen.kafka}`, broker);
}

async function startLocalRedis({ folder, chosen, say }) {
  say('starting Redis');
  const redis = await startRedis({ folder: path.join(folder, 'redis'), host: HOST, port: chosen.redis });
  await noteThenWait(folder, 'redis', `redis://${HOST}:${chosen.redis}`, redis);
}

// Noted before it is ready: whatever happens next, `down` finds it.
async function noteThenWait(folder, name, address, { pid, startTime, ready }) {
  note(folder, name, { how: 'local', address, pid, startTime });
  try {
    await ready;
  } catch (error) {
    await endProcess({ pid, startTime });
    throw error;
  }
}

function note(folder, name, noted) {
  writeState(folder, { ...readState(folder), [name]: noted });
}
