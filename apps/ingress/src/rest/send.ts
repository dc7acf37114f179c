import type { FastifyReply } from 'fastify';
import { HEADERS, JSON_TYPE } from './headers.ts';

/** Longest label of a client that is echoed; a longer one is dropped, not cut: half a label matches nothing. */
const LONGEST_LABEL = 256;

/** Echoes the client's own `x-request-id`: a label, never identity. */
export function echoLabel(reply: FastifyReply): void {
  const label = reply.request.headers[HEADERS.requestLabel];
  if (typeof label === 'string' && label.length <= LONGEST_LABEL) reply.header(HEADERS.answer.requestLabel, label);
}

/** Sends JSON as bytes: Fastify adds a charset to strings and objects, and clients compare the content type letter by letter. */
export function sendJson(reply: FastifyReply, status: number, body: unknown): void {
  echoLabel(reply);
  reply.code(status).header(HEADERS.answer.contentType, JSON_TYPE).send(Buffer.from(JSON.stringify(body)));
}
