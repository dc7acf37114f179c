import { Controller, Delete, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestsService } from '../inference/index.ts';
import { BINARY_TYPE, HEADERS } from './headers.ts';
import { requestReportJson } from './request-report.dto.ts';
import { sendAnswer } from './send-answer.ts';
import { sendJson } from './send.ts';
import { REQUESTS } from './tokens.ts';

type IdRequest = FastifyRequest<{ Params: { readonly id: string } }>;

/** Requests by id: how they stand, their results, and giving them up. */
@Controller('v2/requests')
export class RequestsController {
  private readonly requests: RequestsService;

  constructor(@Inject(REQUESTS) requests: RequestsService) {
    this.requests = requests;
  }

  @Get(':id')
  async report(@Req() request: IdRequest, @Res() reply: FastifyReply): Promise<void> {
    sendJson(reply, 200, requestReportJson(await this.requests.report(request.params.id)));
  }

  /** The outputs asked for at the start, in the form asked for then; all binary with `Accept: application/octet-stream`. */
  @Get(':id/result')
  async result(@Req() request: IdRequest, @Res() reply: FastifyReply): Promise<void> {
    const { answer, form } = await this.requests.result(request.params.id);
    const wantsBinary = request.headers[HEADERS.accept]?.includes(BINARY_TYPE) === true;
    sendAnswer(reply, answer, wantsBinary ? { ...form, binaryOutput: true } : form);
  }

  /** Idempotent: a request that has ended stays as it ended, and the answer shows it. */
  @Delete(':id')
  async cancel(@Req() request: IdRequest, @Res() reply: FastifyReply): Promise<void> {
    sendJson(reply, 200, requestReportJson(await this.requests.cancel(request.params.id)));
  }
}
