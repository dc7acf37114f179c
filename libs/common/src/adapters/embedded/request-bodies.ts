import type { BodyFiles } from './body-files.ts';
import type { StoredBody } from './request-table.ts';

// Below it a row is cheaper than a file; above it the write would hold up the event loop for more than about 0.2 ms.
const ROW_LIMIT_BYTES = 65_536;

const NO_BODY: StoredBody = { bytes: undefined, file: undefined };

/** Decides where the bytes of a body lie, and finds them again. Names of files are unique by `stamp`, which differs at each opening. */
export class RequestBodies {
  readonly #files: BodyFiles;
  readonly #stamp: string;

  constructor(files: BodyFiles, stamp: string) {
    this.#files = files;
    this.#stamp = stamp;
  }

  /** Undefined for bytes that fit into a row: nothing has to be waited for. */
  spill(bytes: Uint8Array): Promise<StoredBody> | undefined {
    return bytes.length > ROW_LIMIT_BYTES ? this.#write(bytes) : undefined;
  }

  inRow(bytes: Uint8Array): StoredBody {
    return { ...NO_BODY, bytes };
  }

  /** Undefined when the body has expired or its file is gone. */
  async read(body: StoredBody): Promise<Uint8Array | undefined> {
    return body.bytes ?? (body.file === undefined ? undefined : this.#files.read(body.file));
  }

  /** Best effort: what stays behind is found at the next start. */
  discard(file: string | undefined): void {
    if (file !== undefined) this.#files.remove(file).catch(() => undefined);
  }

  /** Removes files nothing refers to: writes that a crash cut short. Called at start. */
  async removeOrphans(known: ReadonlySet<string>): Promise<void> {
    await Promise.all(this.#files.names().filter((name) => !known.has(name)).map((name) => this.#files.remove(name)));
  }

  async #write(bytes: Uint8Array): Promise<StoredBody> {
    const file = this.#files.newName(this.#stamp);
    await this.#files.write(file, bytes);
    return { ...NO_BODY, file };
  }
}
