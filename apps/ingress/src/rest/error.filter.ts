import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { toRestError } from './framework-error.ts';
import { sendError } from './send-error.ts';
import { REPORT_FAULT } from './tokens.ts';
import type { ReportFault } from './tokens.ts';

/** Every error of the REST edge ends here, the framework's own included. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly reportFault: ReportFault;

  constructor(@Inject(REPORT_FAULT) reportFault: ReportFault) {
    this.reportFault = reportFault;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const error = toRestError(thrown);
    if (error.code === 'INTERNAL') this.reportFault(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (!reply.sent) sendError(reply, { error });
  }
}
