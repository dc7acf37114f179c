import net from 'node:net';

const KAFKA_DEFAULT_PORT = 9092;

/** Whether one of the brokers (`host:port`, comma-separated) answers the Kafka protocol. */
export async function kafkaAnswers(brokers, timeoutMs = 2000) {
  const answers = await Promise.all(brokers.split(',').map((broker) => brokerAnswers(broker.trim(), timeoutMs)));
  return answers.includes(true);
}

/** Whether a Redis answers at the URL: with anything, a demand for a password included. */
export function redisAnswers(url, timeoutMs = 2000) {
  const { hostname, port, protocol } = new URL(url);
  const target = { host: hostname, port: Number(port || 6379) };
  // Without TLS the greeting can be read; behind TLS an open port has to do.
  if (protocol === 'rediss:') return exchange(target, timeoutMs, undefined, () => true);
  return exchange(target, timeoutMs, Buffer.from('PING\r\n'), (reply) => /^[+-]/.test(reply.toString('latin1')));
}

/** Ports nobody listens on at this moment, on 127.0.0.1. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function brokerAnswers(broker, timeoutMs) {
  const [host, port] = broker.split(':');
  return exchange({ host, port: Number(port ?? KAFKA_DEFAULT_PORT) }, timeoutMs, apiVersionsRequest(), (reply) => reply.length >= 8);
}

/** ApiVersions v0, the one request every broker answers before anything else: size, key 18, version 0, correlation id, no client id. */
function apiVersionsRequest() {
  return Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
}

function exchange(target, timeoutMs, greeting, accepts) {
  return new Promise((resolve) => {
    const socket = net.connect(target);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('connect', () => (greeting === undefined ? end(true) : socket.write(greeting)));
    socket.on('data', (reply) => end(accepts(reply)));
  });
}
