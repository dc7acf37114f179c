/** Every key and channel, built nowhere else. `<namespace>` keeps apart systems that share a Redis. */
export class RedisKeys {
  readonly epoch: string;
  /** Sorted set: ids of open requests by deadline. */
  readonly overdue: string;
  /** Sorted set: payloads by expiry. */
  readonly payloadLedger: string;
  readonly payloadBytes: string;
  /** Hash: worker id -> report. */
  readonly fleet: string;
  /** Channel: ids of requests that ended without a result. */
  readonly failures: string;
  /** A request's hash: record, kind of its outcome, who waits. */
  readonly requestPrefix: string;
  readonly joinPrefix: string;
  readonly payloadPrefix: string;
  /** Channel of one process: ids (and small outcomes) of requests it waits for. */
  readonly wakePrefix: string;
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
    this.epoch = `${namespace}:epoch`;
    this.overdue = `${namespace}:overdue`;
    this.payloadLedger = `${namespace}:payloads`;
    this.payloadBytes = `${namespace}:payload-bytes`;
    this.fleet = `${namespace}:fleet`;
    this.failures = `${namespace}:failures`;
    this.requestPrefix = `${namespace}:r:`;
    this.joinPrefix = `${namespace}:j:`;
    this.payloadPrefix = `${namespace}:p:`;
    this.wakePrefix = `${namespace}:wake:`;
  }

  request(id: string): string {
    return this.requestPrefix + id;
  }

  outcome(id: string): string {
    return `${this.#namespace}:o:${id}`;
  }

  /** Sorted set: leased joins by the end of their lease. */
  dueJoins(scope: string): string {
    return `${this.#namespace}:jd:${scope}`;
  }

  /** Set: names of the request's joins. */
  joinsOf(requestId: string): string {
    return `${this.#namespace}:jr:${requestId}`;
  }

  /** Set: the request's payloads. */
  payloadsOf(requestId: string): string {
    return `${this.#namespace}:pr:${requestId}`;
  }
}
