import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { AppError } from '#common/errors';
import type { RuntimeReading } from '#common/telemetry';
import { listenError, sendError, toRestError } from '../rest/index.ts';

export interface AdminOptions {
  readonly host: string;
  readonly port: number;
  /** Reads the process; the delay figures start anew with each reading. */
  readonly readRuntime: () => RuntimeReading;
  /** Told of faults of the server itself, whose text no caller gets. */
  readonly reportFault: (error: AppError) => void;
}

/** The listener for operators, apart from the one for callers: `GET /admin/runtime`. Its errors have the form of the REST side's. */
export class AdminServer {
  readonly name = 'admin';
  private readonly options: AdminOptions;
  // An address that cannot be decoded never reaches a route or the error handler.
  private readonly app = Fastify({ logger: false, frameworkErrors: (error, _request, reply) => sendError(reply, { error: toRestError(error) }) });

  constructor(options: AdminOptions) {
    this.options = options;
  }

  /** Resolves when the port is open. Rejects with CONFIG_INVALID when it is taken. */
  async start(): Promise<{ readonly url: string }> {
    const { host, port, readRuntime, reportFault } = this.options;
    this.app.get('/admin/runtime', readRuntime);
    this.app.setErrorHandler((thrown, _request, reply) => {
      const error = toRestError(thrown);
      if (error.code === 'INTERNAL') reportFault(error);
      sendError(reply, { error });
    });
    this.app.setNotFoundHandler(({ method, url }, reply) => sendError(reply, { error: notFound(method, url) }));
    try {
      await this.app.listen({ host, port });
    } catch (cause) {
      throw listenError({ setting: 'MILLRACE_ADMIN_PORT', port, host }, cause);
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

function notFound(method: string, url: string): AppError {
  return new AppError('ROUTE_NOT_FOUND', `There is no ${method} ${url.slice(0, 200)} on the port of administration, only GET /admin/runtime. Pipelines are called on the port of MILLRACE_HTTP_PORT.`);
}
