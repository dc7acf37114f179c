import net from 'node:net';
import tls from 'node:tls';
import kafkajs from 'kafkajs';
import type { ISocketFactory, KafkaConfig, LogEntry, SASLOptions } from 'kafkajs';
import type { Log } from '#common/ports';
import { TIMES } from '../kafka-connection.ts';
import type { KafkaConnection } from '../kafka-connection.ts';
import { guardTimerLoop } from './timer-loop-guard.ts';

const KEEP_ALIVE_MS = 60_000;

/** A kafkajs client with what it needs to be quick and quiet. Connects to nothing yet. */
export function createKafkajs(connection: KafkaConnection, log: Log): kafkajs.Kafka {
  guardTimerLoop();
  const config: KafkaConfig = {
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: TIMES.connectMs,
    authenticationTimeout: TIMES.requestMs,
    requestTimeout: TIMES.requestMs,
    // Its default takes nine seconds to say that nobody is there.
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    socketFactory,
    // Its errors are passing faults that it handles itself; what it cannot handle reaches us as an event or a rejection.
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: () => (entry) => log.write('debug', `kafkajs: ${entry.log.message}`, fieldsOf(entry)),
  };
  // With `ssl: true` kafkajs hands no object to the socket factory.
  if (connection.tls !== undefined) config.ssl = { ...connection.tls };
  if (connection.sasl !== undefined) config.sasl = { ...connection.sasl } as SASLOptions;
  return new kafkajs.Kafka(config);
}

// Its own factory leaves Nagle's algorithm on: 40 ms for small requests that meet a delayed acknowledgement.
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = ssl ? tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect) : net.connect({ host, port }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
};

function fieldsOf({ namespace, log }: LogEntry): Record<string, string> {
  return { namespace, ...(typeof log['error'] === 'string' ? { error: log['error'] } : {}) };
}
