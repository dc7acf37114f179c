import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Acceptor, InferenceService, PipelineDirectory } from '../inference/index.ts';
import type { BodyReader } from './body-reader.ts';
import { clientGone } from './client-gone.ts';
import { readInferCall } from './inference.dto.ts';
import type { ModelParams } from './inference.dto.ts';
import { sendAnswer } from './send-answer.ts';
import { ACCEPTOR, BODIES, DIRECTORY, INFERENCE } from './tokens.ts';

const INFER_PATHS = ['v2/models/:model/infer', 'v2/models/:model/versions/:version/infer', 'v2/pipelines/:model/infer', 'v2/pipelines/:model/versions/:version/infer'];

/** Inference over REST, synchronous unless the caller prefers otherwise. */
@Controller()
export class InferenceController {
  private readonly acceptor: Acceptor;
  private readonly bodies: BodyReader;
  private readonly directory: PipelineDirectory;
  private readonly inference: InferenceService;

  constructor(
    @Inject(ACCEPTOR) acceptor: Acceptor,
    @Inject(BODIES) bodies: BodyReader,
    @Inject(DIRECTORY) directory: PipelineDirectory,
    @Inject(INFERENCE) inference: InferenceService,
  ) {
    this.acceptor = acceptor;
    this.bodies = bodies;
    this.directory = directory;
    this.inference = inference;
  }

  /** What can be refused without the body is refused before it is read. */
  @Post(INFER_PATHS)
  async infer(@Req() request: FastifyRequest<{ Params: ModelParams }>, @Res() reply: FastifyReply): Promise<void> {
    this.acceptor.checkOpen();
    const { inputs } = this.directory.find(request.params.model, request.params.version);
    const signal = clientGone(reply.raw);
    const body = await this.bodies.read(request.raw);
    try {
      const { call, prefer } = readInferCall({ request, body: body.bytes, rawInput: inputs.length === 1 ? inputs[0] : undefined, signal });
      const answer = prefer.respondAsync ? await this.inference.submit(call, prefer.waitMs ?? 0) : await this.inference.infer(call);
      sendAnswer(reply, answer, call.request);
    } finally {
      body.release();
    }
  }
}
