import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { KafkaDeployment } from '../support/kafka-deployment.ts';
import { Ledger } from '../support/ledger.ts';
import { describeWithServices, findServices } from '../support/services.ts';
import { readSlowOutcome, slowResult, submitSlow } from '../support/slow-pipeline.ts';

// Processes start, and a killed member is only missed when its session ends.
jest.setTimeout(120_000);

const PIPELINES = fileURLToPath(new URL('../fixtures/pipelines', import.meta.url));
const REQUESTS = 100;

describeWithServices('a pipeline on Kafka and Redis, each stage a process of its own', await findServices(), (services) => {
  let deployment: KafkaDeployment;

  beforeAll(async () => {
    deployment = await KafkaDeployment.start(services, { pipelines: PIPELINES, workers: ['slow/double', 'slow/plus-one'] });
  });

  afterAll(() => deployment.stop());

  it('answers a waiting caller', async () => {
    const answer = await fetch(`${deployment.url}/v2/models/slow/infer`, {
      method: 'POST',
      body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'INT64', shape: [1], data: [20] }] }),
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ model_name: 'slow', outputs: [{ name: 'x', data: [41] }] });
  });

  it(`ends each of ${REQUESTS} accepted requests in its right result, once, when a worker is killed -9 amid its work`, async () => {
    const ledger = new Ledger();
    await Promise.all(Array.from({ length: REQUESTS }, (_, index) => ledger.send({ send: () => submitSlow(deployment.url, index), expected: slowResult(index) })));
    expect(ledger.accepted).toHaveLength(REQUESTS);
    await deployment.replaceWorker('slow/double');
    const verdict = await ledger.settle((id) => readSlowOutcome(deployment.url, id), 60_000);
    expect(verdict).toEqual({ accepted: REQUESTS, refused: 0, silent: [], wrong: [], changed: [] });
  });

  it('drains each process on SIGTERM', async () => {
    expect(await deployment.terminate()).toEqual([0, 0, 0]);
  });
});
