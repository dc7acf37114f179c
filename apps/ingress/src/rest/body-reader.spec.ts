import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { BodyReader } from './body-reader.ts';

const MIB = 1024 * 1024;

function compressed(bytes: Buffer): IncomingMessage {
  return Object.assign(Readable.from([bytes]), { headers: { 'content-encoding': 'gzip' } }) as unknown as IncomingMessage;
}

describe('a crowd of small bodies that inflate', () => {
  it('is stopped when it reaches the limit of all bodies, not once it has passed it', async () => {
    const bodies = new BodyReader({ maxBody: 32 * MIB, maxHeld: 64 * MIB });
    const bomb = gzipSync(Buffer.alloc(32 * MIB));
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)), 2);
    const read = await Promise.allSettled(Array.from({ length: 24 }, () => bodies.read(compressed(bomb))));
    clearInterval(watch);
    const refused = read.flatMap((each) => (each.status === 'rejected' ? [(each.reason as { code: string }).code] : []));
    expect(refused.length).toBeGreaterThanOrEqual(22);
    expect(new Set(refused)).toEqual(new Set(['OVERLOADED']));
    // All of them are 768 MiB; what the garbage collector has not taken yet counts too.
    expect(peak).toBeLessThan(384 * MIB);
    for (const each of read) if (each.status === 'fulfilled') each.value.release();
    const last = await bodies.read(compressed(bomb));
    expect(last.bytes.length).toBe(32 * MIB);
  });
});
