import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Page } from './page.ts';

export const PAGE = Symbol('Page');

/** The read-only page for people at `/`: it talks to the public API like anybody else. */
@Controller()
export class DashboardController {
  private readonly page: Page;

  constructor(@Inject(PAGE) page: Page) {
    this.page = page;
  }

  @Get()
  show(@Res() reply: FastifyReply): void {
    reply
      .header('Content-Type', 'text/html; charset=utf-8')
      .header('Content-Security-Policy', this.page.contentSecurityPolicy)
      .header('Referrer-Policy', 'no-referrer')
      .header('X-Content-Type-Options', 'nosniff')
      .header('Cache-Control', 'no-cache')
      .send(this.page.html);
  }
}
