import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '#common/errors';
import { toRestError } from './framework-error.ts';
import { JSON_TYPE } from './headers.ts';
import { errorBody, sendError } from './send-error.ts';

/** A client that opens a connection and says nothing does not keep it. */
const HEADERS_WITHIN_MS = 10_000;
/** 64 MiB over 5 Mbit/s. */
const REQUEST_WITHIN_MS = 120_000;
const CHECK_CONNECTIONS_MS = 2000;
const LONGEST_PARAMETER = 128;

/** The HTTP server: limits on slow clients, bodies left to BodyReader, and the framework's own refusals in the protocol's form. */
export function createHttpAdapter(): FastifyAdapter {
  const adapter = new FastifyAdapter({
    requestTimeout: REQUEST_WITHIN_MS,
    http: { headersTimeout: HEADERS_WITHIN_MS, connectionsCheckingInterval: CHECK_CONNECTIONS_MS },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAMETER },
    forceCloseConnections: 'idle',
    // A draining server refuses in its own words.
    return503OnClosing: false,
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) => sendError(reply, { error: toRestError(error) }),
    clientErrorHandler: refuseGarbage,
    skipMiddie: true,
  });
  const server = adapter.getInstance();
  server.removeAllContentTypeParsers();
  // Any content type, and none: the body stays a stream, which BodyReader reads once it is known that the request is wanted.
  server.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  return adapter;
}

/** What is not HTTP, or came too slowly, still gets an answer in the protocol's form; then the connection is closed. */
function refuseGarbage(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, phrase, text } = GARBAGE[error.code ?? ''] ?? { status: 400, phrase: 'Bad Request', text: 'This is not an HTTP request the server can read.' };
  const body = JSON.stringify({ ...errorBody(new AppError('MALFORMED_BODY', text)), status });
  socket.end(`HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
}

const GARBAGE: Readonly<Record<string, { readonly status: number; readonly phrase: string; readonly text: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, phrase: 'Request Timeout', text: `The request did not arrive within ${REQUEST_WITHIN_MS / 1000} s (its headers within ${HEADERS_WITHIN_MS / 1000} s).` },
  HPE_HEADER_OVERFLOW: { status: 431, phrase: 'Request Header Fields Too Large', text: 'The headers are larger than 16 KiB.' },
};
