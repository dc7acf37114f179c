import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AppError } from '#common/errors';
import { NestLogger } from '#common/nest';
import { preparePage } from './dashboard/index.ts';
import { IngressModule, createCore } from './ingress.module.ts';
import type { IngressCore, IngressParts } from './ingress.module.ts';
import { BodyReader, createHttpAdapter, listenError } from './rest/index.ts';

/** The project's folder, which lies as far above the sources as above the built code. */
const ROOT = new URL('../../../', import.meta.url);
/** How often a drain looks whether everybody has been answered. */
const DRAIN_CHECK_MS = 20;
/** Answers on their way out get this long once the server closes; then connections are cut. */
const CLOSE_WITHIN_MS = 2000;

/**
 * The HTTP ingress as a part of a process: it has no side effects of its own, reads no environment and catches no signals.
 * NEW -> SERVING -> DRAINING (refuses new work, finishes what callers wait for) -> STOPPED.
 */
export class Ingress {
  readonly name = 'ingress';
  private readonly parts: IngressParts;
  private readonly core: IngressCore;
  private app: NestFastifyApplication | undefined;
  private draining = false;

  constructor(parts: IngressParts) {
    this.parts = parts;
    this.core = createCore(parts);
  }

  /** Resolves when the port is open, with the address people would use. Rejects with CONFIG_INVALID when the port is taken. */
  async start(): Promise<{ readonly url: string }> {
    const { config, log } = this.parts;
    const wiring = {
      core: this.core,
      bodies: new BodyReader({ maxBody: config.maxBody, maxHeld: config.maxInFlightBytes }),
      page: preparePage(readFileSync(new URL('ui/index.html', ROOT))),
      server: { version: readVersion(), isDraining: () => this.draining },
      reportFault: (error: AppError) => log.write('error', `a request met a fault: ${stackOf(error)}`),
    };
    const app = await NestFactory.create<NestFastifyApplication>(IngressModule.over(wiring), createHttpAdapter(), {
      bodyParser: false,
      abortOnError: false,
      logger: new NestLogger(log),
    });
    this.app = app;
    await this.listen(app);
    this.core.sweeper.start();
    return { url: urlOf(app) };
  }

  /** Counts a request that runs again after a restart among those in flight. Call it before `start`. */
  adopt(request: { readonly requestId: string; readonly bytes: number }): void {
    this.core.acceptor.adopt(request);
  }

  /** Refuses new requests and waits until every waiting caller has an answer, at most for the drain time. Requests without a caller stay accepted. */
  async drain(): Promise<void> {
    const { clock, config, log } = this.parts;
    this.draining = true;
    this.core.acceptor.close();
    const until = clock.now() + config.drainMs;
    while (this.core.inference.waiting > 0 && clock.now() < until) await new Promise<void>((resolve) => void clock.after(DRAIN_CHECK_MS, resolve));
    if (this.core.inference.waiting > 0) log.write('warn', `${this.core.inference.waiting} callers still wait after ${config.drainMs} ms; they get their request id to ask again with`);
  }

  /** Lets go of the callers that are left (they are told that the outcome is unknown for now) and closes the port. */
  async stop(): Promise<void> {
    this.draining = true;
    this.core.acceptor.close();
    this.core.sweeper.stop();
    this.core.acceptor.abandon();
    const { app } = this;
    if (app === undefined) return;
    this.app = undefined;
    const cut = this.parts.clock.after(CLOSE_WITHIN_MS, () => app.getHttpServer().closeAllConnections());
    await app.close();
    cut();
  }

  private async listen(app: NestFastifyApplication): Promise<void> {
    const { host, httpPort } = this.parts.config;
    try {
      await app.init();
      // Not through Nest, which would log the failure as an error of its own before it is told as a setting to change.
      await app.getHttpAdapter().getInstance().listen({ port: httpPort, host });
    } catch (error) {
      await app.close();
      throw listenError({ setting: 'MILLRACE_HTTP_PORT', port: httpPort, host }, error);
    }
  }
}

export function createIngress(parts: IngressParts): Ingress {
  return new Ingress(parts);
}

function urlOf(app: NestFastifyApplication): string {
  const address = app.getHttpServer().address() as AddressInfo;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${address.port}`;
}

function readVersion(): string {
  const file: unknown = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
  return typeof file === 'object' && file !== null && 'version' in file ? String(file.version) : 'unknown';
}

function stackOf(error: AppError): string {
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'stack' in cause ? String(cause.stack) : (error.stack ?? error.message);
}
