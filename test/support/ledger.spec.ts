import { describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.ts';

/** A ledger with three accepted requests, a to c, and one refused. */
async function filledLedger(): Promise<Ledger> {
  const ledger = new Ledger();
  for (const id of ['a', 'b', 'c']) await ledger.send({ send: async () => ({ id }), expected: `result of ${id}` });
  await ledger.send({ send: async () => ({ refused: 503 }), expected: 'never' });
  return ledger;
}

describe('the client-side ledger', () => {
  it('is content when every accepted request ends in its own result', async () => {
    const verdict = await (await filledLedger()).settle(async (id) => `result of ${id}`, 1000);
    expect(verdict).toEqual({ accepted: 3, refused: 1, silent: [], wrong: [], changed: [] });
  });

  it('names a request that never ends', async () => {
    const verdict = await (await filledLedger()).settle(async (id) => (id === 'b' ? undefined : `result of ${id}`), 120);
    expect(verdict.silent).toEqual(['b']);
  });

  it('names a request that got the result of another', async () => {
    const verdict = await (await filledLedger()).settle(async () => 'result of a', 1000);
    expect(verdict.wrong).toEqual(['b', 'c']);
  });

  it('names a request whose outcome changed after it was first seen', async () => {
    const seen = new Set<string>();
    const verdict = await (await filledLedger()).settle(async (id) => {
      const again = id === 'c' && seen.has(id);
      seen.add(id);
      return again ? 'another result' : `result of ${id}`;
    }, 1000);
    expect(verdict.changed).toEqual(['c']);
  });
});
