import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from './embedded-under-test.ts';
import type { EmbeddedUnderTest } from './embedded-under-test.ts';
import { payloadStoreContract } from './payload-store.contract.ts';
import { waitUntil } from '../support/wait-until.ts';

const MAX_BYTES = 4_194_304;

payloadStoreContract('embedded', {
  open: async () => {
    const under = await openEmbedded({ maxPayloadBytes: MAX_BYTES });
    const { payloads } = under.engine;
    const folder = join(under.dataDir, 'payloads');
    let serial = 0;
    return {
      payloads,
      elsewhere: payloads,
      maxBytes: MAX_BYTES,
      nowMs: () => under.clock.clusterNow(),
      passTime: async (ms) => {
        under.clock.advance(ms);
        const expired = (): string[] => files(folder).filter((file) => Number(file.split('/')[1]?.split('-')[0]) <= under.clock.clusterNow());
        await waitUntil('expired files to go', () => expired().length === 0);
      },
      newId: () => `request/${serial++}%`,
      damage: async (key, change) => writeFile(join(folder, key), change(await readFile(join(folder, key)))),
      close: () => under.close(),
    };
  },
});

describe('payload files', () => {
  let under: EmbeddedUnderTest;
  beforeEach(async () => {
    under = await openEmbedded({ maxPayloadBytes: MAX_BYTES });
  });
  afterEach(() => under.close());
  const folder = (): string => join(under.dataDir, 'payloads');

  it('are found again after a restart, count against the limit, and never share a name with new ones', async () => {
    const nowMs = under.clock.clusterNow();
    const ref = await under.engine.payloads.put('a', new Uint8Array(MAX_BYTES - 10), nowMs + 60_000);
    const { payloads } = await under.reopen();
    expect(await payloads.get(ref)).toHaveLength(MAX_BYTES - 10);
    await expect(payloads.put('b', new Uint8Array(11), nowMs + 60_000)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect((await payloads.put('a', new Uint8Array(1), nowMs + 60_000)).key).not.toBe(ref.key);
    await payloads.drop('a');
    expect(readdirSync(folder())).toEqual([]);
  });

  it('that expired or were cut short while nobody was there go at the start', async () => {
    const { payloads } = under.engine;
    const nowMs = under.clock.clusterNow();
    await payloads.put('old', new Uint8Array(10), nowMs + 1_000);
    const kept = await payloads.put('new', new Uint8Array(10), nowMs + 60_000);
    mkdirSync(join(folder(), 'cut'));
    writeFileSync(join(folder(), 'cut', `${nowMs + 60_000}-9.part`), 'x');
    await under.engine.close();
    under.clock.advance(2_000);
    await under.reopen();
    expect(files(folder())).toEqual([kept.key]);
    expect(existsSync(join(folder(), 'cut'))).toBe(false);
  });
});

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((request) => readdirSync(join(folder, request)).map((name) => `${request}/${name}`));
}
