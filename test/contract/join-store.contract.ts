import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AddPart, AddPartResult, JoinKey, JoinLease, JoinStore } from '#common/ports';

/** A JoinStore under test. Request ids are unique, so that a store may outlive a test. */
export interface JoinStoreUnderTest {
  readonly joins: JoinStore;
  /** Another process's view of the same store, or the same one where there can be no other. */
  readonly elsewhere: JoinStore;
  /** How long a lease holds. */
  readonly leaseMs: number;
  nowMs(): number;
  passTime(ms: number): Promise<void>;
  newId(): string;
  close(): Promise<void>;
}

export interface JoinStoreContractOptions {
  open(): Promise<JoinStoreUnderTest>;
}

/** What every JoinStore promises. */
export function joinStoreContract(name: string, options: JoinStoreContractOptions): void {
  describe(`JoinStore contract: ${name}`, () => {
    let under: JoinStoreUnderTest;
    let joins: JoinStore;
    let scope: string;

    beforeEach(async () => {
      under = await options.open();
      joins = under.joins;
      scope = `p.${under.newId()}`;
    });

    afterEach(() => under.close());

    const keyOf = (overrides: Partial<JoinKey> = {}): JoinKey => ({ requestId: under.newId(), run: 0, node: 3, ...overrides });
    const part = (key: JoinKey, member: string, overrides: Partial<AddPart> = {}): AddPart => ({
      key,
      scope,
      part: { member, bytes: new TextEncoder().encode(`${key.run}:${member}`) },
      expected: 2,
      expiresAtMs: under.nowMs() + 60_000,
      ...overrides,
    });
    const leaseOf = (result: AddPartResult): JoinLease => {
      if (result.state !== 'fire') throw new Error(`Expected a lease, got ${result.state}`);
      return result.lease;
    };
    const complete = async (key: JoinKey): Promise<JoinLease> => {
      await joins.addPart(part(key, '0'));
      return leaseOf(await joins.addPart(part(key, '1')));
    };
    const textsOf = (lease: JoinLease): string[] => lease.parts.map(({ member, bytes }) => `${member}=${new TextDecoder().decode(bytes)}`).sort();

    it('waits for all members, then gives the last one the lease with every part', async () => {
      const key = keyOf();
      expect(await joins.addPart(part(key, '0', { expected: 3 }))).toEqual({ state: 'pending', present: 1 });
      expect(await under.elsewhere.addPart(part(key, '2.0', { expected: 3 }))).toEqual({ state: 'pending', present: 2 });
      const lease = leaseOf(await joins.addPart(part(key, '1', { expected: 3 })));
      expect(lease.key).toEqual(key);
      expect(textsOf(lease)).toEqual(['0=0:0', '1=0:1', '2.0=0:2.0']);
    });

    it('fires a join of one member at once', async () => {
      expect((await joins.addPart(part(keyOf(), '0', { expected: 1 }))).state).toBe('fire');
    });

    it('counts a part that is added again once, and keeps its first bytes', async () => {
      const key = keyOf();
      await joins.addPart(part(key, '0'));
      const again = part(key, '0', { part: { member: '0', bytes: new Uint8Array([9]) } });
      expect(await joins.addPart(again)).toEqual({ state: 'pending', present: 1 });
      expect(textsOf(leaseOf(await joins.addPart(part(key, '1'))))).toEqual(['0=0:0', '1=0:1']);
    });

    it('keeps apart the joins of other requests, runs and nodes', async () => {
      const key = keyOf();
      await joins.addPart(part(key, '0'));
      for (const other of [keyOf(), { ...key, run: 1 }, { ...key, node: 4 }]) {
        expect(await joins.addPart(part(other, '1'))).toEqual({ state: 'pending', present: 1 });
      }
    });

    it('answers a repeated part of a leased join with closed', async () => {
      const key = keyOf();
      await complete(key);
      expect(await joins.addPart(part(key, '1'))).toEqual({ state: 'closed' });
      expect(await under.elsewhere.addPart(part(key, '0'))).toEqual({ state: 'closed' });
    });

    it('gives the lease anew to a part met again after the lease lapsed, with every part', async () => {
      const key = keyOf();
      const first = await complete(key);
      await under.passTime(under.leaseMs);
      const second = leaseOf(await under.elsewhere.addPart(part(key, '0')));
      expect(textsOf(second)).toEqual(textsOf(first));
      expect(second.token).not.toBe(first.token);
      expect(await joins.addPart(part(key, '1'))).toEqual({ state: 'closed' });
    });

    it('lists a lapsed lease as due, leased to the caller, once per lapse', async () => {
      const key = keyOf();
      const first = await complete(key);
      expect(await joins.due(scope, under.nowMs())).toEqual([]);
      await under.passTime(under.leaseMs);
      const due = await joins.due(scope, under.nowMs());
      expect(due.map((lease) => lease.key)).toEqual([key]);
      expect(textsOf(due[0] as JoinLease)).toEqual(textsOf(first));
      expect(await under.elsewhere.due(scope, under.nowMs())).toEqual([]);
      expect(await joins.addPart(part(key, '0'))).toEqual({ state: 'closed' });
      await under.passTime(under.leaseMs);
      expect(await under.elsewhere.due(scope, under.nowMs())).toHaveLength(1);
    });

    it('lists only complete joins, and only of the scope', async () => {
      const incomplete = keyOf();
      await joins.addPart(part(incomplete, '0'));
      const elsewhere = keyOf();
      await joins.addPart(part(elsewhere, '0', { scope: `${scope}x`, expected: 1 }));
      await under.passTime(under.leaseMs);
      expect(await joins.due(scope, under.nowMs())).toEqual([]);
      expect((await joins.due(`${scope}x`, under.nowMs())).map(({ key }) => key)).toEqual([elsewhere]);
    });

    it('is closed for good once it is done, until it expires', async () => {
      const key = keyOf();
      await joins.done(await complete(key));
      expect(await joins.addPart(part(key, '0'))).toEqual({ state: 'closed' });
      await under.passTime(under.leaseMs);
      expect(await joins.addPart(part(key, '1'))).toEqual({ state: 'closed' });
      expect(await under.elsewhere.due(scope, under.nowMs())).toEqual([]);
    });

    it('takes done again, and from a holder whose lease lapsed, as done', async () => {
      const key = keyOf();
      const first = await complete(key);
      await under.passTime(under.leaseMs);
      const second = leaseOf(await joins.addPart(part(key, '0')));
      await joins.done(first);
      await joins.done(second);
      await joins.done(second);
      await under.passTime(under.leaseMs);
      expect(await joins.due(scope, under.nowMs())).toEqual([]);
    });

    it('neither opens nor revives a join past its expiry', async () => {
      const key = keyOf();
      const expiresAtMs = under.nowMs() + 1_500;
      await joins.addPart(part(key, '0', { expiresAtMs }));
      await under.passTime(3_000);
      expect(await joins.addPart(part(key, '1', { expiresAtMs }))).toEqual({ state: 'closed' });
      expect(await joins.due(scope, under.nowMs())).toEqual([]);
    });

    it('does not fire or list the joins of a request that was forgotten', async () => {
      const requestId = under.newId();
      const [open, leased] = [keyOf({ requestId, node: 1 }), keyOf({ requestId, node: 2 })];
      await joins.addPart(part(open, '0'));
      await complete(leased);
      const other = await complete(keyOf());
      await under.elsewhere.forget(requestId);
      await under.passTime(under.leaseMs);
      expect((await joins.due(scope, under.nowMs())).map(({ key }) => key)).toEqual([other.key]);
      expect((await joins.addPart(part(open, '1'))).state).not.toBe('fire');
    });

    it('forgets a request it never saw without a word', async () => {
      await expect(joins.forget(under.newId())).resolves.toBeUndefined();
    });

    it('fires exactly once whatever the order and the repeats of its parts, while the lease holds', async () => {
      const arrivals = fc
        .integer({ min: 1, max: 5 })
        .chain((members) => fc.tuple(fc.constant(members), fc.array(fc.nat(members - 1), { maxLength: 15 }), fc.shuffledSubarray([...Array(members).keys()], { minLength: members })));
      await fc.assert(
        fc.asyncProperty(arrivals, async ([members, repeats, all]) => {
          const key = keyOf();
          const order = [...repeats, ...all, ...repeats];
          const results = await Promise.all(order.map((member, index) => (index % 2 === 0 ? joins : under.elsewhere).addPart(part(key, String(member), { expected: members }))));
          const leases = results.flatMap((result) => (result.state === 'fire' ? [result.lease] : []));
          expect(leases).toHaveLength(1);
          expect(leases[0]?.parts.map(({ member }) => member).sort()).toEqual([...Array(members).keys()].map(String));
        }),
        { numRuns: 60 },
      );
    });

    it('fires once per lapse of its lease until it is done, whoever comes', async () => {
      const steps = fc.array(fc.constantFrom('part', 'due', 'lapse', 'done'), { maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(steps, async (actions) => {
          const key = keyOf();
          let lease = await complete(key);
          let state: 'held' | 'lapsed' | 'done' = 'held';
          for (const action of actions) {
            if (action === 'lapse') {
              await under.passTime(under.leaseMs);
              if (state === 'held') state = 'lapsed';
              continue;
            }
            if (action === 'done') {
              await joins.done(lease);
              state = 'done';
              continue;
            }
            const leases = action === 'due' ? (await joins.due(scope, under.nowMs())).filter((each) => each.key.requestId === key.requestId) : leasesOf(await joins.addPart(part(key, '1')));
            expect(leases).toHaveLength(state === 'lapsed' ? 1 : 0);
            lease = leases[0] ?? lease;
            if (state === 'lapsed') state = 'held';
          }
          await joins.forget(key.requestId);
        }),
        { numRuns: 30 },
      );
    });
  });
}

function leasesOf(result: AddPartResult): JoinLease[] {
  return result.state === 'fire' ? [result.lease] : [];
}
