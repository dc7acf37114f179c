import { createRequire } from 'node:module';

interface RequestQueue {
  pending: { readonly length: number };
  scheduleCheckPendingRequests(): void;
}

const GUARDED = Symbol.for('millrace.kafkajs.guarded');

/**
 * kafkajs 2.2.4 sets a new timer each time its request timer fires, with nothing pending: one turn per millisecond and connection, 5 % of a core when
 * idle, and a TimeoutNegativeWarning on Node 24. The guard lets it set a timer only while a request waits. The version is pinned, so a release
 * that differs fails here and not in silence.
 * @throws Error when kafkajs is not the one this was written for
 */
export function guardTimerLoop(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: RequestQueue & { [GUARDED]?: true } };
  const original = prototype.scheduleCheckPendingRequests;
  if (typeof original !== 'function') throw new Error('kafkajs has no scheduleCheckPendingRequests: it is not version 2.2.4, for which the timer guard was written.');
  if (prototype[GUARDED]) return;
  prototype[GUARDED] = true;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}
