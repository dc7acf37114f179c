import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { KafkaClient, KafkaConnection } from '#common/adapters/kafka';
import { newClusterId, startBroker } from '../../scripts/services/local-kafka.mjs';
import { endProcess } from '../../scripts/services/process-identity.mjs';
import type { NotedProcess } from '../../scripts/services/process-identity.mjs';
import { freePorts } from '../../scripts/services/reachable.mjs';
import { KAFKA_JARS } from '../../scripts/services/services.mjs';
import { findServices } from '../support/services.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openKafka } from './kafka-under-test.ts';

jest.setTimeout(60_000);

const CREDENTIALS = { mechanism: 'plain', username: 'stage-worker', password: 'correct horse' } as const;

await findServices();
const missing = existsSync(KAFKA_JARS) ? opensslMissing() : "Kafka's jars are not here";
const title = 'a broker that wants TLS and a password';

(missing === undefined ? describe : describe.skip)(missing === undefined ? title : `${title} (skipped: ${missing})`, () => {
  let folder: string;
  let broker: NotedProcess;
  let secure: string;
  let ca: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-secure-'));
    ca = await makeCertificate(folder);
    const [port = 0, controllerPort = 0, securePort = 0] = await freePorts(3);
    secure = `127.0.0.1:${securePort}`;
    const options = { jarsDir: KAFKA_JARS, folder, nodeId: 1, host: '127.0.0.1', nodes: [{ id: 1, port, controllerPort }], clusterId: newClusterId() };
    const { ready, ...noted } = await startBroker({ ...options, extra: secureListener({ folder, port, controllerPort, securePort }) });
    broker = noted;
    await ready;
  });

  afterAll(async () => {
    await endProcess(broker);
    await rm(folder, { recursive: true, force: true });
  });

  const connection = (overrides: Partial<KafkaConnection> = {}): KafkaConnection => ({ brokers: [secure], clientId: 'millrace-test', tls: { ca }, sasl: CREDENTIALS, ...overrides });

  it.each<KafkaClient>(['kafkajs', 'platformatic'])('carries records for %s with the right certificate and password', async (client) => {
    const { bus, prefix, close } = await openKafka(client, secure, { connection: connection() });
    try {
      const topic = `${prefix}hop`;
      await bus.ensureTopics([{ name: topic, partitions: 1, retention: 'hop' }]);
      const got: string[] = [];
      const subscription = await bus.subscribe({ group: topic, topics: [topic], window: 1 }, (delivery) => got.push(new TextDecoder().decode(delivery.bytes)));
      await bus.publish([{ topic, bytes: new TextEncoder().encode('secret') }]);
      await waitUntil('the record', () => got.includes('secret'));
      await subscription.close();
    } finally {
      await close();
    }
  });

  it.each<KafkaClient>(['kafkajs', 'platformatic'])('refuses %s a wrong password and a certificate nobody vouches for', async (client) => {
    for (const wrong of [connection({ sasl: { ...CREDENTIALS, password: 'wrong' } }), connection({ tls: {} })]) {
      const { bus, close } = await openKafka(client, secure, { connection: wrong });
      await expect(bus.lag('group', ['topic'])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      await close();
    }
  });
});

function opensslMissing(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'no "openssl" on the path';
  }
}

/** A key and a certificate that vouches for itself, as the broker reads them; answers the certificate. */
async function makeCertificate(folder: string): Promise<string> {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
  const pem = await readFile(certificate, 'utf8');
  await writeFile(join(folder, 'keystore.pem'), (await readFile(key, 'utf8')) + pem);
  return pem;
}

/** The listener clients use; the broker itself goes on without. */
function secureListener({ folder, port, controllerPort, securePort }: { readonly folder: string; readonly port: number; readonly controllerPort: number; readonly securePort: number }) {
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${CREDENTIALS.username}="${CREDENTIALS.password}";`;
  return {
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SECURE://127.0.0.1:${securePort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secure.plain.sasl.jaas.config': jaas,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'keystore.pem'),
  };
}
