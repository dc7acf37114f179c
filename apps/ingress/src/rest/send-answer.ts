import type { FastifyReply } from 'fastify';
import { isAppError } from '#common/errors';
import { writeInferResponse } from '#common/inference';
import type { AnswerForm } from '#common/inference';
import type { Answer, Pending, Succeeded } from '../inference/index.ts';
import { BINARY_TYPE, HEADERS, JSON_TYPE } from './headers.ts';
import { sendError } from './send-error.ts';
import { echoLabel, sendJson } from './send.ts';
import { serverTiming } from './server-timing.ts';

const ASK_AGAIN_S = '1';

/** Writes how an accepted request stands: 200 with tensors, an error with its request id, or 202. */
export function sendAnswer(reply: FastifyReply, answer: Answer, form: AnswerForm): void {
  if (answer.state === 'pending') return sendPending(reply, answer);
  reply.header(HEADERS.answer.serverTiming, serverTiming(answer.timings, answer.totalMs));
  if (answer.state === 'failed') return sendError(reply, { error: answer.error, requestId: answer.requestId });
  sendTensors(reply, answer, form);
}

function sendTensors(reply: FastifyReply, { requestId, response }: Succeeded, form: AnswerForm): void {
  try {
    const { body, headerLength } = writeInferResponse(response, form);
    echoLabel(reply);
    if (headerLength !== undefined) reply.header(HEADERS.answer.inferenceHeaderLength, String(headerLength));
    reply
      .code(200)
      .header(HEADERS.answer.requestId, requestId)
      .header(HEADERS.answer.contentType, headerLength === undefined ? JSON_TYPE : BINARY_TYPE)
      .send(Buffer.from(body.buffer, body.byteOffset, body.length));
  } catch (error) {
    // The result is there but cannot be said in the form asked for; with its id the caller can fetch it in another.
    if (!isAppError(error)) throw error;
    sendError(reply, { error, requestId });
  }
}

function sendPending(reply: FastifyReply, { requestId }: Pending): void {
  const location = `/v2/requests/${requestId}`;
  reply
    .header(HEADERS.answer.requestId, requestId)
    .header(HEADERS.answer.location, location)
    .header(HEADERS.answer.retryAfter, ASK_AGAIN_S)
    .header(HEADERS.answer.preferenceApplied, 'respond-async')
    .header(HEADERS.answer.vary, 'Prefer');
  sendJson(reply, 202, { id: requestId, state: 'queued', links: { self: location, result: `${location}/result` } });
}
