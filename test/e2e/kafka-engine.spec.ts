import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Ledger } from '../support/ledger.ts';
import { RoleProcess } from '../support/role-process.ts';
import { freePort } from '../support/server-process.ts';
import { describeWithServices, findServices } from '../support/services.ts';
import type { Services } from '../support/services.ts';
import { readSlowOutcome, slowResult, submitSlow } from '../support/slow-pipeline.ts';
import { waitUntil } from '../support/wait-until.ts';

// Processes start, and a killed member is only missed when its session ends.
jest.setTimeout(120_000);

const PIPELINES = fileURLToPath(new URL('../fixtures/pipelines', import.meta.url));
const REQUESTS = 100;

describeWithServices('a pipeline on Kafka and Redis, each stage a process of its own', await findServices(), (services) => {
  let deployment: Deployment;

  beforeAll(async () => {
    deployment = await Deployment.start(services);
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
    await deployment.replaceWorker('double');
    const verdict = await ledger.settle((id) => readSlowOutcome(deployment.url, id), 60_000);
    expect(verdict).toEqual({ accepted: REQUESTS, refused: 0, silent: [], wrong: [], changed: [] });
  });

  it('drains each process on SIGTERM', async () => {
    expect(await deployment.terminate()).toEqual([0, 0, 0]);
  });
});

/** The fixture pipeline `slow` on topics and keys of its own. */
class Deployment {
  readonly url: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly processes = new Map<string, RoleProcess>();

  private constructor(url: string, env: Readonly<Record<string, string>>) {
    this.url = url;
    this.env = env;
  }

  static async start({ kafkaBrokers, redisUrl }: Services): Promise<Deployment> {
    const port = await freePort();
    const deployment = new Deployment(`http://127.0.0.1:${port}`, {
      MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REDIS_URL: redisUrl, MILLRACE_PREFIX: `e2e-${process.pid}-${Date.now()}`, MILLRACE_KAFKA_PARTITIONS: '4',
      MILLRACE_PIPELINES: PIPELINES, MILLRACE_HTTP_PORT: String(port), MILLRACE_ADMIN_PORT: '0',
    });
    await Promise.all([deployment.startWorker('double'), deployment.startWorker('plus-one'), deployment.startIngress()]);
    await waitUntil('the pipeline is ready', async () => (await fetch(`${deployment.url}/v2/models/slow/ready`)).ok, { withinMs: 30_000 });
    return deployment;
  }

  async replaceWorker(stage: string): Promise<void> {
    await this.processes.get(stage)?.kill('SIGKILL');
    await this.startWorker(stage);
  }

  terminate(): Promise<(number | null)[]> {
    return Promise.all([...this.processes.values()].map((process) => process.kill('SIGTERM')));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((process) => process.kill('SIGKILL')));
  }

  private async startWorker(stage: string): Promise<void> {
    this.processes.set(stage, await RoleProcess.start({ role: 'worker', args: ['--pipeline', 'slow', '--stage', stage], env: this.env, readyWhen: 'worker is ready' }));
  }

  private async startIngress(): Promise<void> {
    this.processes.set('ingress', await RoleProcess.start({ role: 'ingress', env: this.env, readyWhen: 'ingress is open' }));
  }
}
