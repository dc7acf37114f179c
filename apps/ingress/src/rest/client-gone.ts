import type { ServerResponse } from 'node:http';

/**
 * Aborts when the connection closes before the answer was written. It is the response that is watched: on a kept-alive connection the
 * request's own `close` comes as soon as its body is read, and the socket's only after the last of many requests.
 */
export function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
