import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import type { PayloadRef } from '#common/envelope';
import type { PayloadStore } from '#common/ports';

/** A PayloadStore under test. */
export interface PayloadStoreUnderTest {
  readonly payloads: PayloadStore;
  /** Another process's view of the same store, or the same one where there can be no other. */
  readonly elsewhere: PayloadStore;
  /** Most bytes it takes; a few MiB, so that the test can fill it. */
  readonly maxBytes: number;
  nowMs(): number;
  /** Lets time pass until what expired by then has been removed. */
  passTime(ms: number): Promise<void>;
  newId(): string;
  /** Overwrites what is stored under the key, as a broken disk would. */
  damage(key: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface PayloadStoreContractOptions {
  open(): Promise<PayloadStoreUnderTest>;
}

/** What every PayloadStore promises. */
export function payloadStoreContract(name: string, options: PayloadStoreContractOptions): void {
  describe(`PayloadStore contract: ${name}`, () => {
    let under: PayloadStoreUnderTest;
    let payloads: PayloadStore;

    beforeEach(async () => {
      under = await options.open();
      payloads = under.payloads;
    });

    afterEach(() => under.close());

    const bytesOf = (size: number): Uint8Array => new Uint8Array(size).map((_, index) => index * 13);
    const put = (size = 1_000, requestId = under.newId(), keepMs = 60_000): Promise<PayloadRef> => payloads.put(requestId, bytesOf(size), under.nowMs() + keepMs);

    it.each([0, 1, 70_000, 1_048_577])('gives back %d bytes as they were, anywhere', async (size) => {
      const ref = await put(size);
      expect(Buffer.compare(await under.elsewhere.get(ref), bytesOf(size))).toBe(0);
    });

    it('answers a reference with the size and the SHA-256 of the bytes', async () => {
      const ref = await put(5_000);
      expect(ref).toMatchObject({ size: 5_000, sha256: createHash('sha256').update(bytesOf(5_000)).digest('hex') });
    });

    it('does not see what the caller does to the bytes once they are stored', async () => {
      const bytes = bytesOf(2_000);
      const ref = await payloads.put(under.newId(), bytes, under.nowMs() + 60_000);
      bytes.fill(0);
      expect(Buffer.compare(await payloads.get(ref), bytesOf(2_000))).toBe(0);
    });

    it('gives equal bytes of one request different keys, so that each has its own life', async () => {
      const requestId = under.newId();
      const refs = await Promise.all(Array.from({ length: 10 }, () => put(100, requestId)));
      expect(new Set(refs.map(({ key }) => key)).size).toBe(10);
    });

    it('drops all payloads of a request and no other', async () => {
      const [requestId, otherId] = [under.newId(), under.newId()];
      const refs = await Promise.all([put(100, requestId), put(200, requestId)]);
      const other = await put(300, otherId);
      await under.elsewhere.drop(requestId);
      for (const ref of refs) await expect(payloads.get(ref)).rejects.toMatchObject({ code: 'PAYLOAD_LOST', message: expect.stringContaining(ref.key) });
      expect(await payloads.get(other)).toHaveLength(300);
    });

    it('drops a request without payloads, or twice, without a word', async () => {
      const [requestId, other] = [under.newId(), await put()];
      await put(10, requestId);
      for (let count = 0; count < 2; count++) await payloads.drop(requestId);
      await payloads.drop(under.newId());
      expect(await payloads.get(other)).toHaveLength(1_000);
    });

    it('takes payloads of a request again after they were dropped', async () => {
      const requestId = under.newId();
      await put(100, requestId);
      await payloads.drop(requestId);
      expect(await payloads.get(await put(100, requestId))).toHaveLength(100);
    });

    it('loses a payload when it expires, not before', async () => {
      const [short, long] = [await put(100, under.newId(), 5_000), await put(100, under.newId(), 600_000)];
      expect(await payloads.get(short)).toHaveLength(100);
      await under.passTime(30_000);
      await expect(payloads.get(short)).rejects.toMatchObject({ code: 'PAYLOAD_LOST' });
      expect(await payloads.get(long)).toHaveLength(100);
    });

    it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
      ['a bit that flipped', (bytes) => bytes.map((byte, index) => (index === 77 ? byte ^ 1 : byte))],
      ['an end that is missing', (bytes) => bytes.slice(0, -1)],
      ['bytes too many', (bytes) => new Uint8Array([...bytes, 0])],
    ])('reports %s as corrupt', async (_, change) => {
      const ref = await put();
      await under.damage(ref.key, change);
      await expect(payloads.get(ref)).rejects.toMatchObject({ code: 'PAYLOAD_CORRUPT', retryable: false, message: expect.stringContaining(ref.key) });
    });

    it('reports a reference whose checksum or size is not that of the payload as corrupt', async () => {
      const ref = await put();
      await expect(payloads.get({ ...ref, sha256: '0'.repeat(64) })).rejects.toMatchObject({ code: 'PAYLOAD_CORRUPT' });
      await expect(payloads.get({ ...ref, size: 999 })).rejects.toMatchObject({ code: 'PAYLOAD_CORRUPT' });
    });

    it.each(['../../etc/passwd', 'a/../../b', '/etc/passwd', '', 'nothing/1-0'])('knows no payload under the key "%s"', async (key) => {
      await expect(payloads.get({ key, sha256: '0'.repeat(64), size: 1 })).rejects.toMatchObject({ code: 'PAYLOAD_LOST' });
    });

    it('refuses what does not fit, keeps what it has, and takes more once something is dropped', async () => {
      const requestId = under.newId();
      const held = await put(Math.ceil(under.maxBytes * 0.75), requestId);
      await expect(put(Math.ceil(under.maxBytes * 0.5))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect(await payloads.get(held)).toHaveLength(held.size);
      await payloads.drop(requestId);
      expect((await put(Math.ceil(under.maxBytes * 0.5))).size).toBe(Math.ceil(under.maxBytes * 0.5));
    });

    it('does not let payloads written at once pass the limit together', async () => {
      const puts = await Promise.allSettled(Array.from({ length: 8 }, () => put(Math.ceil(under.maxBytes / 4))));
      expect(puts.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(4);
    });
  });
}
