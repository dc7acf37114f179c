import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { KafkaClient } from '#common/adapters/kafka';
import { newClusterId, startBroker } from '../../scripts/services/local-kafka.mjs';
import { endProcess } from '../../scripts/services/process-identity.mjs';
import type { NotedProcess } from '../../scripts/services/process-identity.mjs';
import { freePorts } from '../../scripts/services/reachable.mjs';
import { KAFKA_JARS } from '../../scripts/services/services.mjs';
import { findServices } from '../support/services.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openKafka } from './kafka-under-test.ts';

jest.setTimeout(120_000);

// Fetches the jars where that is how services come here; the broker this suite kills has to be its own.
await findServices();
const title = 'a broker that is killed and comes back';

(existsSync(KAFKA_JARS) ? describe : describe.skip)(existsSync(KAFKA_JARS) ? title : `${title} (skipped: Kafka's jars are not here)`, () => {
  it('loses no acknowledged record, and members of both clients go on by themselves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-broker-'));
    const [port = 0, controllerPort = 0] = await freePorts(2);
    const broker = { jarsDir: KAFKA_JARS, folder, nodeId: 1, host: '127.0.0.1', nodes: [{ id: 1, port, controllerPort }], clusterId: newClusterId() };
    let running = await startAndWait(broker);
    const runs = await Promise.all((['kafkajs', 'platformatic'] as const).map((client) => startRun(client, `127.0.0.1:${port}`)));
    try {
      await waitUntil('records before the kill', () => runs.every((run) => run.seen.size > 100), { withinMs: 20_000 });
      process.kill(running.pid, 'SIGKILL');
      running = await startAndWait(broker);
      const marks = runs.map((run) => run.acknowledged.size);
      await waitUntil('records after the restart', () => runs.every((run, index) => run.acknowledged.size > (marks[index] ?? 0) + 100), { withinMs: 40_000 });
      await Promise.all(runs.map((run) => run.stopPublishing()));
      await waitUntil('every acknowledged record', () => runs.every((run) => [...run.acknowledged].every((record) => run.seen.has(record))), { withinMs: 40_000 });
      expect(runs.flatMap((run) => run.failures)).toEqual([]);
    } finally {
      await Promise.all(runs.map((run) => run.close()));
      await endProcess(running);
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function startAndWait(options: Parameters<typeof startBroker>[0]): Promise<NotedProcess> {
  const { ready, ...noted } = await startBroker(options);
  await ready;
  return noted;
}

/** Publishes 200 records a second and reads them as a group of one. */
async function startRun(client: KafkaClient, brokers: string) {
  const [sender, receiver] = [await openKafka(client, brokers, { publishTimeoutMs: 30_000 }), await openKafka(client, brokers)];
  const topic = `restart-${client}`;
  await sender.bus.ensureTopics([{ name: topic, partitions: 4, retention: 'hop' }]);
  const [acknowledged, seen] = [new Set<string>(), new Set<string>()];
  const failures: string[] = [];
  await receiver.bus.subscribe({ group: topic, topics: [topic], window: 64, onFailure: (error) => failures.push(error.message) }, (delivery) => {
    seen.add(new TextDecoder().decode(delivery.bytes));
    delivery.settle();
  });
  const pending: Promise<unknown>[] = [];
  let sent = 0;
  const timer = setInterval(() => {
    const text = String(sent++);
    // What is refused was not acknowledged, and may be lost.
    pending.push(sender.bus.publish([{ topic, bytes: new TextEncoder().encode(text) }]).then(() => acknowledged.add(text), () => undefined));
  }, 5);
  const stopPublishing = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(pending);
  };
  return { acknowledged, seen, failures, stopPublishing, close: async () => {
    clearInterval(timer);
    await Promise.all([sender.close(), receiver.close()]);
  } };
}
