import { inProject } from '../setup/project.mjs';
import { kafkaAnswers, redisAnswers } from './reachable.mjs';
import { runToEnd, tryProgram } from './run-program.mjs';

const PROJECT = 'millrace-services';
const COMPOSE = ['compose', '-p', PROJECT, '-f', inProject('docker-compose.yml')];

/** Why Docker cannot serve, with what to do; undefined when an engine answers and knows compose. */
export async function dockerMissing() {
  if ((await tryProgram('docker', ['info'])) === undefined) return 'no Docker engine answers "docker info": start Docker, or install it';
  if ((await tryProgram('docker', ['compose', 'version'])) === undefined) return '"docker compose" is missing: install the compose plugin';
  return undefined;
}

/** Starts the wanted services (`kafka`, `redis`) of docker-compose.yml on the given ports and waits for their health checks. */
export async function startContainers({ services, kafkaPort, redisPort }) {
  await runToEnd('docker', [...COMPOSE, 'up', '-d', '--wait', ...services], { env: { ...process.env, KAFKA_PORT: String(kafkaPort), REDIS_PORT: String(redisPort) } });
  if (services.includes('kafka') && !(await kafkaAnswers(`127.0.0.1:${kafkaPort}`))) throw new Error(`The Kafka container runs but does not answer on 127.0.0.1:${kafkaPort}.`);
  if (services.includes('redis') && !(await redisAnswers(`redis://127.0.0.1:${redisPort}`))) throw new Error(`The Redis container runs but does not answer on 127.0.0.1:${redisPort}.`);
}

/** Removes the containers and their volumes. */
export async function removeContainers() {
  await runToEnd('docker', [...COMPOSE, 'down', '--volumes']);
}
