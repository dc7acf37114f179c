import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { AppError } from '#common/errors';
import type { RuntimeReading } from '#common/telemetry';

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Reads the process; the delay figures start anew with each reading. */
  readonly readRuntime: () => RuntimeReading;
}

/** The listener for operators, apart from the one for callers: `GET /admin/runtime`. */
export class AdminServer {
  readonly name = 'admin';
  private readonly options: AdminOptions;
  private readonly app = Fastify({ logger: false });

  constructor(options: AdminOptions) {
    this.options = options;
  }

  /** Resolves when the port is open. Rejects with CONFIG_INVALID when it is taken. */
  async start(): Promise<{ readonly url: string }> {
    const { host, port, readRuntime } = this.options;
    this.app.get('/admin/runtime', readRuntime);
    try {
      await this.app.listen({ host, port });
    } catch (cause) {
      throw new AppError('CONFIG_INVALID', `MILLRACE_ADMIN_PORT="${port}": the port cannot be opened on ${host}: ${(cause as Error).message}. Choose another; 0 takes any free one.`, { cause });
    }
    return { url: `http://${host}:${(this.app.server.address() as AddressInfo).port}` };
  }

  async drain(): Promise<void> {
    // Operators look on while the rest drains.
  }

  async stop(): Promise<void> {
    await this.app.close();
  }
}
