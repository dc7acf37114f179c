import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { AppError } from '#common/errors';
import type { CancelTimer, Clock, Log, Random } from '#common/ports';
import { Health } from './health.ts';
import { isErrorReply, isTimeout, replyWord, toStoreError } from './redis-errors.ts';
import { loadScripts } from './redis-scripts.ts';
import type { ScriptName } from './redis-scripts.ts';
import { checkServer, parseServerInfo, serverWarnings } from './server-info.ts';
import type { ServerInfo } from './server-info.ts';

export interface RedisClientOptions {
  /** `redis://[user:password@]host[:port][/database]`; `rediss://` for TLS. */
  readonly url: string;
  /** This machine's clock. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Certificate authority (PEM) that the server's certificate is checked against, with `rediss://`; absent = the system's. */
  readonly tlsCa?: string;
  /** A command without an answer is rejected after so long. */
  readonly commandTimeoutMs: number;
  /** How long `start` waits for Redis. */
  readonly connectWithinMs: number;
}

export type RedisArgument = string | number | Uint8Array;
/** What a script answers: strings arrive as bytes. */
export type RedisReply = Buffer | number | null | readonly RedisReply[];

const CONNECT_TIMEOUT_MS = 2000;
/** A frozen Redis does not take leave; then the connection is dropped. */
const DISCONNECT_TIMEOUT_MS = 100;
const FIRST_RECONNECT_MS = 50;
const LAST_RECONNECT_MS = 2000;
/** While Redis does not answer, it is asked this often; after so many vain questions the connection is made anew. */
const PROBE_EVERY_MS = 100;
const PROBES_PER_CONNECTION = 5;
/** First words of replies that say so. */
const CREDENTIALS: ReadonlySet<string> = new Set(['NOAUTH', 'NOPERM', 'WRONGPASS']);
const KEEP_ALIVE_MS = 10_000;
/** A Redis that reads its data from disk is asked again at least so often whether it is done. */
const LOADING_RETRY_MS = 250;

/**
 * Two connections to one Redis: commands, and messages. Every call ends within the command's time-out; nothing waits for Redis to come back and
 * nothing is sent twice by itself. After an unanswered command the rest is refused at once, until a probe is answered: so a frozen Redis costs
 * neither memory nor time. `health` tells which state holds (see Health).
 */
export class RedisClient {
  readonly health: Health;
  /** Host and port, for people. Holds no password. */
  readonly where: string;
  readonly #options: RedisClientOptions;
  readonly #scripts = loadScripts();
  readonly #commands: Redis;
  readonly #messages: Redis;
  #lastAnswerMs = 0;
  #cancelProbe: CancelTimer | undefined;
  #closed = false;

  constructor(options: RedisClientOptions) {
    this.#options = options;
    const connection = this.#connectionOptions();
    this.#commands = new Redis(options.url, { ...connection, connectionName: 'millrace' });
    this.#messages = new Redis(options.url, { ...connection, connectionName: 'millrace-messages' });
    const { host, port, path } = this.#commands.options;
    this.where = path ?? `${host}:${port}`;
    this.health = new Health(options.clock, options.log, this.where);
  }

  /** Connects and checks the server. Rejects with STORE_UNAVAILABLE when it cannot be reached in time, CONFIG_INVALID when it is not set up for this. */
  async start(): Promise<void> {
    this.#commands.on('ready', () => this.health.set('ready'));
    this.#commands.on('close', () => this.#lost());
    try {
      await this.#connected();
      const info = await this.info();
      checkServer(this.where, info);
      for (const warning of serverWarnings(this.where, info)) this.#options.log.write('warn', warning);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Runs one command. Rejects with STORE_UNAVAILABLE (see `mayHaveBeenApplied`), or INTERNAL for a command that Redis does not understand. */
  async run<T>(what: string, send: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.health.state !== 'ready' || this.#commands.status !== 'ready') throw this.#refusal(what);
    const sentMs = this.#options.clock.now();
    this.#gather();
    try {
      const reply = await send(this.#commands);
      this.#lastAnswerMs = this.#options.clock.now();
      return reply;
    } catch (error) {
      this.#judge(error, sentMs);
      throw toStoreError(what, this.where, error);
    }
  }

  /** Runs a script; Redis is sent its text only when it does not know it yet. */
  script(name: ScriptName, keys: readonly string[], args: readonly RedisArgument[], what: string): Promise<RedisReply> {
    const { sha1, lua, keyCount } = this.#scripts[name];
    if (keys.length !== (keyCount ?? Math.max(keys.length, 1))) throw new AppError('INTERNAL', `Script "${name}" takes ${keyCount ?? 'one or more'} keys, not ${keys.length}.`);
    const rest = [keys.length, ...keys, ...args.map(toArgument)];
    return this.run(what, async (redis) => {
      try {
        return (await redis.callBuffer('evalsha', sha1, ...rest)) as RedisReply;
      } catch (error) {
        if (replyWord(error) !== 'NOSCRIPT') throw error;
        return (await redis.callBuffer('eval', lua, ...rest)) as RedisReply;
      }
    });
  }

  /** Hands over every message of the channels. `onListening` is called whenever listening (re)starts: what was said before that may be lost. */
  listen(channels: readonly string[], onMessage: (channel: string, message: Buffer) => void, onListening: () => void): void {
    const subscribe = (): void => {
      this.#messages.subscribe(...channels).then(onListening, () => this.#renewMessages());
    };
    this.#messages.on('messageBuffer', (channel: Buffer, message: Buffer) => onMessage(channel.toString(), message));
    this.#messages.on('ready', subscribe);
    if (this.#messages.status === 'ready') subscribe();
  }

  /** Makes sure that the connection for messages is alive; one that is not is made anew. Called every few seconds. */
  async checkListening(): Promise<void> {
    if (this.#messages.status !== 'ready') return;
    await this.#messages.ping().catch(() => this.#renewMessages());
  }

  async info(): Promise<ServerInfo> {
    return parseServerInfo(await this.run('read the state of Redis', (redis) => redis.info()));
  }

  /** Redis' clock: milliseconds since the epoch, with fractions. */
  async time(): Promise<number> {
    const [seconds, microseconds] = await this.run("ask for Redis' time", (redis) => redis.time());
    return Number(seconds) * 1000 + Number(microseconds) / 1000;
  }

  close(): void {
    this.#closed = true;
    this.#cancelProbe?.();
    this.health.set('closed');
    this.#commands.disconnect();
    this.#messages.disconnect();
  }

  #connectionOptions(): Omit<RedisOptions, 'replyMapping'> {
    const { commandTimeoutMs, random, tlsCa } = this.#options;
    return {
      ...(tlsCa === undefined ? {} : { tls: { ca: tlsCa } }),
      lazyConnect: true,
      // RESP2: what RESP3 adds is not needed, and every server and proxy speaks it.
      protocol: 2,
      commandTimeout: commandTimeoutMs,
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      keepAlive: KEEP_ALIVE_MS,
      maxLoadingRetryTime: LOADING_RETRY_MS,
      enableOfflineQueue: false,
      // Sending again by itself would run a command twice; 0 retries reject what is unanswered as soon as the connection closes,
      // which `autoResendUnfulfilledCommands: false` alone does not: its promises would only end by their time-out.
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      autoResubscribe: false,
      retryStrategy: (times) => Math.min(FIRST_RECONNECT_MS * 2 ** Math.min(times, 10), LAST_RECONNECT_MS) * (0.5 + random.unit() / 2),
      // A replica that was promoted elsewhere: the address now leads to another server.
      reconnectOnError: (error) => replyWord(error) === 'READONLY',
    };
  }

  /** Resolves when both connections are ready. A password that is wrong stays wrong: that is not waited for. */
  #connected(): Promise<void> {
    const { clock, connectWithinMs } = this.#options;
    const connections = [this.#commands, this.#messages];
    return new Promise((resolve, reject) => {
      let lastError: Error | undefined;
      const cancel = clock.after(connectWithinMs, () => reject(this.#unreachable(lastError)));
      for (const redis of connections) {
        // The listener stays: without one ioredis writes to the console. What matters later is seen as `close` and in the calls.
        redis.on('error', (error: Error) => {
          lastError = error;
          if (!CREDENTIALS.has(replyWord(error))) return;
          cancel();
          reject(this.#unreachable(error));
        });
        redis.once('ready', () => {
          if (connections.some(({ status }) => status !== 'ready')) return;
          cancel();
          resolve();
        });
        redis.connect().catch(() => undefined);
      }
    });
  }

  #unreachable(error: Error | undefined): AppError {
    const why = error === undefined ? 'it does not answer' : error.message;
    if (CREDENTIALS.has(replyWord(error))) return new AppError('CONFIG_INVALID', `Redis at ${this.where} refuses the user or password of its URL, or the lack of them ("${why}").`, { cause: error });
    return new AppError('STORE_UNAVAILABLE', `Redis at ${this.where} could not be reached within ${this.#options.connectWithinMs} ms (${why}). Is the URL right, and is Redis running?`, { cause: error });
  }

  /** Commands of one turn go out in one write: a system call costs more than a command. */
  #gather(): void {
    const { stream } = this.#commands;
    if (stream.writableCorked > 0) return;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #refusal(what: string): AppError {
    const { state, sinceMs } = this.health;
    const why = { connecting: 'is not connected yet', ready: 'is not connected', stalled: 'does not answer', away: 'is away', closed: 'was left: this process is stopping' }[state];
    const seconds = ((this.#options.clock.now() - sinceMs) / 1000).toFixed(1);
    return new AppError('STORE_UNAVAILABLE', `Could not ${what}: Redis at ${this.where} ${why}${state === 'closed' ? '' : ` (for ${seconds} s)`}. Try again in a moment.`);
  }

  #judge(error: unknown, sentMs: number): void {
    if (isErrorReply(error)) this.#lastAnswerMs = this.#options.clock.now();
    // Answers come in order: one that came after this command was sent shows that Redis lives, so this one is only late.
    else if (isTimeout(error) && this.#lastAnswerMs < sentMs && this.health.state === 'ready') {
      this.health.set('stalled');
      this.#probe(PROBES_PER_CONNECTION);
    }
  }

  #probe(left: number): void {
    this.#cancelProbe = this.#options.clock.after(PROBE_EVERY_MS, () => {
      if (this.health.state !== 'stalled') return;
      this.#commands.ping().then(
        () => this.health.set('ready'),
        () => {
          if (left > 1) return this.#probe(left - 1);
          if (!this.#closed) this.#commands.disconnect(true);
        },
      );
    });
  }

  #renewMessages(): void {
    if (!this.#closed) this.#messages.disconnect(true);
  }

  #lost(): void {
    this.#cancelProbe?.();
    if (!this.#closed) this.health.set('away');
  }
}

/** ioredis takes bytes for bytes only when they are a Buffer. */
function toArgument(value: RedisArgument): string | number | Buffer {
  return value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : (value as string | number | Buffer);
}
