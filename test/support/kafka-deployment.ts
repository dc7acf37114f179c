import { RoleProcess } from './role-process.ts';
import { freePort } from './server-process.ts';
import type { Services } from './services.ts';
import { waitUntil } from './wait-until.ts';

export interface DeploymentOptions {
  /** Folder of the pipeline files. */
  readonly pipelines: string;
  /** `<pipeline>/<stage>`: one worker process each. */
  readonly workers: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** An ingress and workers as processes of their own, on topics and keys of their own. */
export class KafkaDeployment {
  readonly url: string;
  /** First word of its topics, groups and keys. */
  readonly prefix: string;
  private readonly env: Readonly<Record<string, string>>;
  private readonly processes = new Map<string, RoleProcess>();

  private constructor(url: string, prefix: string, env: Readonly<Record<string, string>>) {
    this.url = url;
    this.prefix = prefix;
    this.env = env;
  }

  /** Resolves when every pipeline that has workers is ready. */
  static async start({ kafkaBrokers, redisUrl }: Services, { pipelines, workers, env = {} }: DeploymentOptions): Promise<KafkaDeployment> {
    const port = await freePort();
    const prefix = `e2e-${process.pid}-${Date.now()}`;
    const deployment = new KafkaDeployment(`http://127.0.0.1:${port}`, prefix, {
      MILLRACE_KAFKA_BROKERS: kafkaBrokers, MILLRACE_REDIS_URL: redisUrl, MILLRACE_PREFIX: prefix, MILLRACE_KAFKA_PARTITIONS: '4',
      MILLRACE_PIPELINES: pipelines, MILLRACE_HTTP_PORT: String(port), MILLRACE_ADMIN_PORT: '0', ...env,
    });
    try {
      await Promise.all([...workers.map((worker) => deployment.startWorker(worker)), deployment.startIngress()]);
      for (const name of new Set(workers.map((worker) => worker.split('/')[0]))) {
        await waitUntil(`${name} is ready`, async () => (await fetch(`${deployment.url}/v2/models/${name}/ready`)).ok, { withinMs: 30_000 });
      }
    } catch (error) {
      await deployment.stop();
      throw error;
    }
    return deployment;
  }

  /** The last lines of each process, for a failure that needs them. */
  get output(): string {
    return [...this.processes].map(([name, process]) => `${name}: ${process.output.slice(-500)}`).join('\n');
  }

  async replaceWorker(worker: string): Promise<void> {
    await this.processes.get(worker)?.kill('SIGKILL');
    await this.startWorker(worker);
  }

  /** Answers the exit codes. */
  terminate(): Promise<(number | null)[]> {
    return Promise.all([...this.processes.values()].map((process) => process.kill('SIGTERM')));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.processes.values()].map((process) => process.kill('SIGKILL')));
  }

  private async startWorker(worker: string): Promise<void> {
    const [pipeline = '', stage = ''] = worker.split('/');
    this.processes.set(worker, await RoleProcess.start({ role: 'worker', args: ['--pipeline', pipeline, '--stage', stage], env: this.env, readyWhen: 'worker is ready' }));
  }

  private async startIngress(): Promise<void> {
    this.processes.set('ingress', await RoleProcess.start({ role: 'ingress', env: this.env, readyWhen: 'ingress is open' }));
  }
}
