import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PayloadRef } from '#common/envelope';
import { AppError, toAppError } from '#common/errors';
import type { CancelTimer, Clock, Log, PayloadStore } from '#common/ports';

export interface EmbeddedPayloadStoreOptions {
  /** The folder of this store alone. */
  readonly folder: string;
  /** Most bytes of payloads at a time. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly log: Log;
}

interface StoredFile {
  readonly key: string;
  readonly size: number;
  readonly expiresAtMs: number;
}

const SWEEP_MS = 10_000;
// The only keys there are: folder of the request, expiry and number of the payload. Nothing that could lead out of the folder.
const KEY = /^[A-Za-z0-9][A-Za-z0-9._~!'()*=-]*\/(\d+)-[0-9a-z]+$/;

/**
 * Payloads as files, one folder per request: `<request>/<expiry ms>-<number>`. The expiry is in the name, so that a start needs no index.
 * A file is whole or not there: it is written under another name and renamed. Sizes are counted in memory, against the limit.
 */
export class EmbeddedPayloadStore implements PayloadStore {
  readonly #options: EmbeddedPayloadStoreOptions;
  readonly #byRequest = new Map<string, Map<string, StoredFile>>();
  #bytes = 0;
  #serial = 0;
  #cancel: CancelTimer | undefined;
  #stopped = false;

  constructor(options: EmbeddedPayloadStoreOptions) {
    this.#options = options;
  }

  /** Finds the files of the last run, removes what expired or was cut short, and goes on doing so. Called once. */
  async start(): Promise<void> {
    const { folder, log } = this.#options;
    mkdirSync(folder, { recursive: true });
    for (const request of readdirSync(folder)) {
      for (const name of readdirSync(join(folder, request))) await this.#found(`${request}/${name}`);
      await rmdir(join(folder, request)).catch(() => undefined);
    }
    await this.#sweep();
    log.write('debug', 'payload store opened', { folder, bytes: this.#bytes, requests: this.#byRequest.size });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async put(requestId: string, bytes: Uint8Array, expiresAtMs: number): Promise<PayloadRef> {
    const { maxBytes } = this.#options;
    const size = bytes.length;
    if (this.#bytes + size > maxBytes) {
      throw new AppError('STORE_UNAVAILABLE', `The payload store holds ${this.#bytes} of at most ${maxBytes} bytes; ${size} more do not fit. Wait until requests have ended.`);
    }
    const key = `${folderOf(requestId)}/${Math.ceil(expiresAtMs)}-${(this.#serial++).toString(36)}`;
    if (!KEY.test(key)) throw new AppError('INTERNAL', `Request id "${requestId}" cannot name a payload.`);
    this.#remember({ key, size, expiresAtMs });
    try {
      const sha256 = await this.#write(key, bytes);
      return { key, sha256, size };
    } catch (error) {
      await this.#remove(key);
      throw new AppError('STORE_UNAVAILABLE', `A payload of ${size} bytes could not be written: ${toAppError(error).message}. Is the disk full?`, { cause: error });
    }
  }

  async get(ref: PayloadRef): Promise<Uint8Array> {
    const bytes = KEY.test(ref.key) ? await readFile(this.#path(ref.key)).catch(absent) : undefined;
    if (bytes === undefined) throw new AppError('PAYLOAD_LOST', `Payload "${ref.key}" (${ref.size} bytes) is gone: its request ended, or it expired.`);
    if (bytes.length !== ref.size) throw new AppError('PAYLOAD_CORRUPT', `Payload "${ref.key}" has ${bytes.length} bytes, expected ${ref.size}.`);
    const sha256 = await sha256Of(bytes);
    if (sha256 !== ref.sha256) throw new AppError('PAYLOAD_CORRUPT', `Payload "${ref.key}" has SHA-256 ${sha256}, expected ${ref.sha256}.`);
    return bytes;
  }

  async drop(requestId: string): Promise<void> {
    const request = folderOf(requestId);
    const files = this.#byRequest.get(request);
    if (files === undefined) return;
    await Promise.all([...files.keys()].map((key) => this.#remove(key))).catch((error: unknown) => this.#warn(error));
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes;
  }

  async #found(key: string): Promise<void> {
    const expiresAtMs = Number(KEY.exec(key)?.[1] ?? 0);
    if (expiresAtMs <= this.#options.clock.clusterNow()) await rm(this.#path(key), { recursive: true, force: true });
    else this.#remember({ key, size: statSync(this.#path(key)).size, expiresAtMs });
    // Numbers of this run start behind those of the last, so that no name is used twice.
    const serial = parseInt(key.slice(key.lastIndexOf('-') + 1), 36);
    if (serial >= this.#serial) this.#serial = serial + 1;
  }

  async #write(key: string, bytes: Uint8Array): Promise<string> {
    const path = this.#path(key);
    await mkdir(this.#path(requestOf(key)), { recursive: true });
    const [sha256] = await Promise.all([sha256Of(bytes), writeFile(`${path}.part`, bytes)]);
    await rename(`${path}.part`, path);
    return sha256;
  }

  async #sweep(): Promise<void> {
    const nowMs = this.#options.clock.clusterNow();
    const expired = [...this.#byRequest.values()].flatMap((files) => [...files.values()].filter((file) => file.expiresAtMs <= nowMs));
    for (const { key } of expired) await this.#remove(key);
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(SWEEP_MS, () => {
      this.#sweep().catch((error: unknown) => this.#warn(error));
    });
  }

  #remember(file: StoredFile): void {
    const request = requestOf(file.key);
    const files = this.#byRequest.get(request) ?? new Map<string, StoredFile>();
    this.#byRequest.set(request, files.set(file.key, file));
    this.#bytes += file.size;
  }

  async #remove(key: string): Promise<void> {
    const request = requestOf(key);
    const files = this.#byRequest.get(request);
    const file = files?.get(key);
    if (files === undefined || file === undefined) return;
    files.delete(key);
    this.#bytes -= file.size;
    await rm(this.#path(key), { force: true });
    if (files.size > 0) return;
    this.#byRequest.delete(request);
    // Fails while a new payload of the request is being written: then the folder is in use.
    await rmdir(this.#path(request)).catch(() => undefined);
  }

  #warn(error: unknown): void {
    this.#options.log.write('warn', 'payload files could not be removed; they take up disk space until the next start', { folder: this.#options.folder, error: String(error) });
  }

  #path(key: string): string {
    return join(this.#options.folder, key);
  }
}

/** The request's folder: its id, with what a file name cannot hold escaped. */
function folderOf(requestId: string): string {
  return encodeURIComponent(requestId).replaceAll('%', '=');
}

function requestOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}

/** Off the event loop: payloads are big by nature. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw new AppError('STORE_UNAVAILABLE', `A payload could not be read: ${error.message}.`, { cause: error });
}
