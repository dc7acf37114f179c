import { mkdirSync, readdirSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Durability } from './store.ts';

/**
 * Files beside the database for bodies too big for a row: writing a MiB through SQLite holds the event loop for milliseconds, a file is
 * written by another thread. A file is whole or not there: it is written under another name first.
 */
export class BodyFiles {
  readonly #folder: string;
  readonly #durability: Durability;
  #serial = 0;

  constructor(folder: string, durability: Durability) {
    this.#folder = folder;
    this.#durability = durability;
    mkdirSync(folder, { recursive: true });
  }

  /** A name no file of the folder has. `stamp` tells this opening of the store from others. */
  newName(stamp: string): string {
    return `${stamp}-${(this.#serial++).toString(36)}`;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.#folder, name);
    const file = await open(`${path}.part`, 'w');
    try {
      await file.writeFile(bytes);
      if (this.#durability === 'disk') await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
    if (this.#durability === 'disk') await syncFolder(this.#folder);
  }

  /** Undefined when there is no such file. */
  async read(name: string): Promise<Uint8Array | undefined> {
    return readFile(join(this.#folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }

  names(): string[] {
    return readdirSync(this.#folder);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
