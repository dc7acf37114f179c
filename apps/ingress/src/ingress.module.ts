import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ClaimChecks } from '#common/payloads';
import type { MessageLimits } from '#common/payloads';
import type { Bus, Clock, Fleet, Log, PayloadStore, Random, Replies } from '#common/ports';
import { DashboardController, PAGE } from './dashboard/index.ts';
import type { Page } from './dashboard/index.ts';
import { Acceptor, Admission, InferenceService, PipelineDirectory, Readiness, RequestsService, Sweeper } from './inference/index.ts';
import type { PipelineLookup } from './inference/index.ts';
import type { IngressConfig } from './ingress.config.ts';
import {
  ACCEPTOR, BODIES, BodyReader, DIRECTORY, DiscoveryController, ErrorFilter, INFERENCE, InferenceController, REPORT_FAULT, REQUESTS, RequestsController, SERVER,
} from './rest/index.ts';
import type { ReportFault, ServerState } from './rest/index.ts';

/** Everything the ingress stands on; whoever composes the process owns it and closes it. */
export interface IngressParts {
  readonly bus: Bus;
  readonly replies: Replies;
  readonly payloads: PayloadStore;
  readonly messageLimits: MessageLimits;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly catalog: PipelineLookup;
  readonly config: IngressConfig;
}

/** The core, wired. */
export interface IngressCore {
  readonly acceptor: Acceptor;
  readonly directory: PipelineDirectory;
  readonly inference: InferenceService;
  readonly requests: RequestsService;
  readonly sweeper: Sweeper;
}

export function createCore({ bus, replies, payloads, messageLimits, fleet, clock, random, log, catalog, config }: IngressParts): IngressCore {
  const directory = new PipelineDirectory(catalog, new Readiness(fleet, clock));
  const admission = new Admission({ maxRequests: config.maxInFlight, maxBytes: config.maxInFlightBytes });
  const claims = new ClaimChecks({ payloads, limits: messageLimits });
  const acceptor = new Acceptor({ directory, admission, bus, replies, claims, clock, random, log, prefix: config.prefix });
  return {
    acceptor,
    directory,
    inference: new InferenceService({ acceptor, replies, claims, clock }),
    requests: new RequestsService({ replies, claims, directory, clock }),
    sweeper: new Sweeper({ replies, clock, log, pipelineOf: (record) => directory.findVersion(record) }),
  };
}

export interface IngressWiring {
  readonly core: IngressCore;
  readonly bodies: BodyReader;
  readonly page: Page;
  readonly server: ServerState;
  readonly reportFault: ReportFault;
}

/** The REST edge and the page over the core. */
@Module({})
export class IngressModule {
  static over({ core, bodies, page, server, reportFault }: IngressWiring): DynamicModule {
    return {
      module: IngressModule,
      controllers: [DashboardController, DiscoveryController, InferenceController, RequestsController],
      providers: [
        { provide: ACCEPTOR, useValue: core.acceptor },
        { provide: BODIES, useValue: bodies },
        { provide: DIRECTORY, useValue: core.directory },
        { provide: INFERENCE, useValue: core.inference },
        { provide: PAGE, useValue: page },
        { provide: REPORT_FAULT, useValue: reportFault },
        { provide: REQUESTS, useValue: core.requests },
        { provide: SERVER, useValue: server },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
