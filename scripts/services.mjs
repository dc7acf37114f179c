// `npm run services -- up|down|status [--json]`: a real Kafka and a real Redis for development and tests.
import path from 'node:path';

import { say } from './setup/project.mjs';
import { runScript } from './setup/ensure-ready.mjs';
import { down, look, SERVICES_FOLDER, up } from './services/services.mjs';

const USAGE = `usage: npm run services -- up|down|status [--json] [--kafka-port N] [--redis-port N]
  up      uses MILLRACE_KAFKA_BROKERS and MILLRACE_REDIS_URL where they are set, else Docker, else local programs
  down    ends what up started and removes ${path.relative(process.cwd(), SERVICES_FOLDER)}
  status  where they are and how they came; exit code 1 unless both answer`;

await runScript(() => main(process.argv.slice(2)));

async function main(args) {
  const options = { '--kafka-port': undefined, '--redis-port': undefined };
  const rest = [...args];
  const json = take(rest, '--json');
  for (const name of Object.keys(options)) options[name] = takePort(rest, name);
  const [command, ...surplus] = rest;
  const commands = { up: () => runUp(options, json), down: runDown, status: () => runStatus(json) };
  if (surplus.length > 0 || !Object.hasOwn(commands, command ?? '')) return fail();
  return commands[command]();
}

async function runUp(options, json) {
  print(await up({ ports: { kafka: options['--kafka-port'], redis: options['--redis-port'] }, say }), json);
  return 0;
}

async function runDown() {
  const ended = await down({ say });
  say(ended.length === 0 ? 'nothing of this checkout was running' : `ended ${ended.join(' and ')}`);
  return 0;
}

async function runStatus(json) {
  const found = await look();
  print(found, json);
  return found.kafka.up && found.redis.up ? 0 : 1;
}

function print(found, json) {
  if (json) return process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  for (const [name, { how, address, up: answers, pid }] of Object.entries(found)) {
    const where = address === undefined ? 'not running' : `${address}  ${how}${pid === undefined ? '' : `, pid ${pid}`}${answers ? '' : ', does not answer'}`;
    process.stdout.write(`${name.padEnd(6)} ${where}\n`);
  }
  if (!found.kafka.up || !found.redis.up) return;
  process.stdout.write(`\nexport MILLRACE_KAFKA_BROKERS=${found.kafka.address} MILLRACE_REDIS_URL=${found.redis.address}\n`);
}

function take(args, name) {
  const index = args.indexOf(name);
  if (index >= 0) args.splice(index, 1);
  return index >= 0;
}

function takePort(args, name) {
  const index = args.indexOf(name);
  if (index < 0) return undefined;
  const [, text] = args.splice(index, 2);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${name} ${text ?? ''}: not a port from 1 to 65535`);
  return port;
}

function fail() {
  process.stderr.write(`${USAGE}\n`);
  return 2;
}
