import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#common/errors';
import { metadataJson } from '#common/inference';
import type { PipelineDirectory } from '../inference/index.ts';
import type { ModelParams } from './inference.dto.ts';
import { sendError } from './send-error.ts';
import { sendJson } from './send.ts';
import { DIRECTORY, SERVER } from './tokens.ts';
import type { ServerState } from './tokens.ts';

type ModelRequest = FastifyRequest<{ Params: ModelParams }>;

const EXTENSIONS = ['binary_tensor_data'];
const MODEL_PATHS = ['v2/models/:model', 'v2/models/:model/versions/:version', 'v2/pipelines/:model', 'v2/pipelines/:model/versions/:version'];

/** What is served, and whether it is ready. */
@Controller()
export class DiscoveryController {
  private readonly directory: PipelineDirectory;
  private readonly server: ServerState;

  constructor(@Inject(DIRECTORY) directory: PipelineDirectory, @Inject(SERVER) server: ServerState) {
    this.directory = directory;
    this.server = server;
  }

  @Get('v2')
  describe(@Res() reply: FastifyReply): void {
    sendJson(reply, 200, { name: 'millrace', version: this.server.version, extensions: EXTENSIONS });
  }

  /** True while the process can answer at all: never depends on a store, or a sick store would get healthy servers killed. */
  @Get('v2/health/live')
  live(@Res() reply: FastifyReply): void {
    sendJson(reply, 200, { live: true });
  }

  @Get('v2/health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    if (this.server.isDraining()) return sendJson(reply, 503, { ready: false, error: 'The server is shutting down.' });
    const { ready, pipelines } = await this.directory.serverHealth();
    sendJson(reply, ready ? 200 : 503, ready ? { ready, pipelines } : { ready, pipelines, error: 'Not every pipeline has finished loading, or none is ready.' });
  }

  @Get(['v2/models', 'v2/pipelines'])
  list(@Res() reply: FastifyReply): void {
    sendJson(reply, 200, { models: this.directory.list().map((pipeline) => pipeline.name) });
  }

  @Get(MODEL_PATHS)
  metadata(@Req() request: ModelRequest, @Res() reply: FastifyReply): void {
    const pipeline = this.directory.find(request.params.model, request.params.version);
    sendJson(reply, 200, metadataJson(this.directory.metadata(pipeline)));
  }

  @Get(MODEL_PATHS.map((path) => `${path}/ready`))
  async modelReady(@Req() request: ModelRequest, @Res() reply: FastifyReply): Promise<void> {
    const pipeline = this.directory.find(request.params.model, request.params.version);
    const { state, reason = '' } = await this.directory.health(pipeline);
    if (state === 'ready') return sendJson(reply, 200, { name: pipeline.name, ready: true });
    const error = new AppError('MODEL_NOT_READY', `Pipeline "${pipeline.name}" is ${state}: ${reason}.`);
    sendError(reply, { error, extra: { name: pipeline.name, ready: false } });
  }
}
