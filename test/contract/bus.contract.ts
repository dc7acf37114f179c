import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Bus, BusRecord, Delivery, SubscribeOptions, Subscription, TopicSpec } from '#common/ports';
import { waitUntil } from '../support/wait-until.ts';

/** A bus under test, with nothing left of other tests. */
export interface BusUnderTest {
  readonly bus: Bus;
  /** Makes names unique where topics outlive a test. */
  readonly prefix: string;
  close(): Promise<void>;
}

export interface BusContractOptions {
  open(): Promise<BusUnderTest>;
  /** Opens a bus that is closed, or cannot reach what it needs. */
  openUnavailable(): Promise<BusUnderTest>;
}

/** What every Bus promises. Nothing here may hold for one driver only: hand-over takes its time, positions are kept in order, repeats are allowed. */
export function busContract(name: string, options: BusContractOptions): void {
  describe(`Bus contract: ${name}`, () => {
    let under: BusUnderTest;
    let bus: Bus;
    let hop: string;
    let kept: string;
    const subscriptions: Subscription[] = [];

    beforeEach(async () => {
      under = await options.open();
      bus = under.bus;
      hop = `${under.prefix}hop`;
      kept = `${under.prefix}kept`;
      await bus.ensureTopics([topic(hop, 4), topic(kept, 1, 'kept')]);
    });

    afterEach(async () => {
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.close()));
      await under.close();
    });

    /** Subscribes and collects what is delivered. */
    async function join(overrides: Partial<SubscribeOptions> = {}, onDelivery: (delivery: Delivery) => void = () => undefined): Promise<Collector> {
      const deliveries: Delivery[] = [];
      const subscription = await bus.subscribe({ group: `${under.prefix}group`, topics: [hop], window: 256, ...overrides }, (delivery) => {
        deliveries.push(delivery);
        onDelivery(delivery);
      });
      subscriptions.push(subscription);
      return { deliveries, subscription, texts: () => deliveries.map(textOf) };
    }

    const record = (text: string, overrides: Partial<BusRecord> = {}): BusRecord => ({ topic: hop, bytes: bytesOf(text), ...overrides });
    const records = (count: number, overrides: Partial<BusRecord> = {}): BusRecord[] => Array.from({ length: count }, (_, index) => record(`r${index}`, overrides));
    const lagOf = async (group = `${under.prefix}group`): Promise<number> => sum((await bus.lag(group, [hop]))[0]?.partitions ?? [NaN]);
    const settled = (lag: number): Promise<unknown> => waitUntil(`lag ${lag}`, async () => (await lagOf()) === lag);

    it('delivers a record with its topic, key, headers and bytes', async () => {
      const member = await join();
      await bus.publish([record('héllo', { key: 'k', headers: { 'content-type': 'text/plain', empty: '' } })]);
      const [delivery] = await waitUntil('the delivery', () => member.deliveries.length === 1 && member.deliveries);
      expect(delivery).toMatchObject({ topic: hop, key: 'k', headers: { 'content-type': 'text/plain', empty: '' }, redelivered: false });
      expect(textOf(delivery as Delivery)).toBe('héllo');
    });

    it('tells a record without key and headers from one with empty ones', async () => {
      const member = await join();
      await bus.publish([record('plain')]);
      await waitUntil('the delivery', () => member.deliveries.length === 1);
      expect(member.deliveries[0]?.key).toBeUndefined();
      expect(member.deliveries[0]?.headers).toEqual({});
    });

    it('carries empty and large records unchanged', async () => {
      const member = await join();
      const large = new Uint8Array(700_000).map((_, index) => index * 31);
      await bus.publish([record('', { key: 'a' }), { topic: hop, key: 'b', bytes: large }]);
      await waitUntil('both', () => member.deliveries.length === 2);
      const sizes = member.deliveries.map((delivery) => delivery.bytes.length).sort((a, b) => a - b);
      expect(sizes).toEqual([0, 700_000]);
      expect(Buffer.compare(member.deliveries.find((delivery) => delivery.bytes.length > 0)?.bytes ?? new Uint8Array(), large)).toBe(0);
    });

    it('delivers what was published before the group first came', async () => {
      await bus.publish(records(20));
      const member = await join();
      await waitUntil('all 20', () => member.deliveries.length === 20);
      expect(member.texts().sort()).toEqual(records(20).map((each) => Buffer.from(each.bytes).toString()).sort());
    });

    it('keeps the order of records with the same key', async () => {
      const member = await join();
      for (let index = 0; index < 50; index++) await bus.publish([record(`a${index}`, { key: 'a' }), record(`b${index}`, { key: 'b' })]);
      await waitUntil('all 100', () => member.deliveries.length === 100);
      for (const key of ['a', 'b']) {
        expect(member.texts().filter((text) => text.startsWith(key))).toEqual(Array.from({ length: 50 }, (_, index) => `${key}${index}`));
      }
    });

    it('gives the records of one key one partition, with growing offsets', async () => {
      const member = await join();
      await bus.publish(records(10, { key: 'same' }));
      await waitUntil('all 10', () => member.deliveries.length === 10);
      expect(new Set(member.deliveries.map(({ partition }) => partition)).size).toBe(1);
      const offsets = member.deliveries.map(({ offset }) => offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
      expect(new Set(offsets).size).toBe(10);
    });

    it('spreads records without a key, and different keys, over all partitions', async () => {
      const member = await join();
      for (const each of records(64)) await bus.publish([each]);
      for (let index = 0; index < 64; index++) await bus.publish([record(`k${index}`, { key: `key-${index}` })]);
      await waitUntil('all 128', () => member.deliveries.length === 128);
      for (const keyed of [false, true]) {
        expect(new Set(member.deliveries.filter(({ key }) => (key !== undefined) === keyed).map(({ partition }) => partition)).size).toBe(4);
      }
    });

    it('never calls a handler from inside publish or settle', async () => {
      let inside = false;
      let reentered = false;
      const member = await join({ window: 1 }, () => {
        reentered ||= inside;
      });
      const guarded = <T>(call: () => T): T => {
        inside = true;
        const result = call();
        inside = false;
        return result;
      };
      const published = guarded(() => bus.publish(records(5)));
      await published;
      for (let count = 1; count <= 5; count++) {
        await waitUntil(`delivery ${count}`, () => member.deliveries.length === count);
        guarded(() => member.deliveries[count - 1]?.settle());
      }
      expect(reentered).toBe(false);
    });

    it('never has more than the window in hand, over all partitions', async () => {
      let inHand = 0;
      let most = 0;
      const member = await join({ window: 7 }, () => {
        most = Math.max(most, ++inHand);
      });
      await bus.publish(records(100));
      const settledSoFar = new Set<Delivery>();
      await waitUntil('all 100', () => {
        for (const delivery of member.deliveries) {
          if (settledSoFar.has(delivery)) continue;
          settledSoFar.add(delivery);
          inHand--;
          delivery.settle();
        }
        return member.deliveries.length === 100;
      });
      expect(most).toBeLessThanOrEqual(7);
    });

    it('stops at the window until something is settled, and goes on then', async () => {
      const member = await join({ window: 3 });
      await bus.publish(records(10));
      await waitUntil('the window', () => member.deliveries.length === 3);
      await bus.publish([record('one more')]);
      await lagOf();
      expect(member.deliveries).toHaveLength(3);
      member.deliveries[1]?.settle();
      await waitUntil('one more', () => member.deliveries.length === 4);
    });

    it('settles a record once however often it is told', async () => {
      const member = await join({ window: 1 });
      await bus.publish(records(3));
      await waitUntil('the first', () => member.deliveries.length === 1);
      member.deliveries[0]?.settle();
      member.deliveries[0]?.settle();
      await waitUntil('the second', () => member.deliveries.length === 2);
      await settled(2);
      expect(member.deliveries).toHaveLength(2);
    });

    it('gives each record to one member of a group, and to every group', async () => {
      const settleAtOnce = (delivery: Delivery): void => delivery.settle();
      const [first, second, other] = [await join({}, settleAtOnce), await join({}, settleAtOnce), await join({ group: `${under.prefix}other` }, settleAtOnce)];
      // A member may be in its group before it has its share.
      await waitUntil('both members to share', async () => {
        await bus.publish(records(4, { bytes: bytesOf('before') }));
        return first.deliveries.length > 0 && second.deliveries.length > 0;
      });
      await settled(0);
      await bus.publish(Array.from({ length: 80 }, (_, index) => record(`r${index}`, { key: `key-${index}` })));
      const measured = (member: Collector): string[] => member.texts().filter((text) => text !== 'before');
      await waitUntil('all of both groups', () => measured(first).length + measured(second).length >= 80 && measured(other).length >= 80);
      expect(new Set([...measured(first), ...measured(second)]).size).toBe(80);
      expect(measured(first).length + measured(second).length).toBe(80);
      expect(measured(first).length).toBeGreaterThan(0);
      expect(measured(second).length).toBeGreaterThan(0);
      expect(new Set(measured(other)).size).toBe(80);
    });

    it('redelivers what a member left unsettled, marked so, to those who stay', async () => {
      const leaver = await join();
      await bus.publish(records(8));
      await waitUntil('all 8', () => leaver.deliveries.length === 8);
      const stayer = await join();
      await leaver.subscription.close();
      await waitUntil('all 8 again', () => new Set(stayer.texts()).size === 8);
      expect(stayer.deliveries.every(({ redelivered }) => redelivered)).toBe(true);
      for (const delivery of stayer.deliveries) delivery.settle();
      await settled(0);
    });

    it('does not redeliver what a member settled before it left', async () => {
      const leaver = await join();
      await bus.publish(records(6, { key: 'same' }));
      await waitUntil('all 6', () => leaver.deliveries.length === 6);
      for (const delivery of leaver.deliveries.slice(0, 4)) delivery.settle();
      await leaver.subscription.close();
      const next = await join();
      await waitUntil('the other 2', () => next.deliveries.length === 2);
      expect(next.texts()).toEqual(['r4', 'r5']);
    });

    it('redelivers an unsettled record although later ones of its partition are settled', async () => {
      const leaver = await join();
      await bus.publish(records(5, { key: 'same' }));
      await waitUntil('all 5', () => leaver.deliveries.length === 5);
      for (const delivery of leaver.deliveries.slice(1)) delivery.settle();
      await leaver.subscription.close();
      const next = await join();
      await waitUntil('the gap', () => next.texts().includes('r0'));
      for (const delivery of next.deliveries) delivery.settle();
      await settled(0);
    });

    it('ignores what a member settles after it left', async () => {
      const zombie = await join();
      await bus.publish(records(4));
      await waitUntil('all 4', () => zombie.deliveries.length === 4);
      await zombie.subscription.close();
      for (const delivery of zombie.deliveries) delivery.settle();
      const next = await join();
      await waitUntil('all 4 again', () => new Set(next.texts()).size === 4);
      expect(await lagOf()).toBe(4);
    });

    it('takes nothing new after stopTaking, yet accepts settlements of what is in hand', async () => {
      const member = await join();
      await bus.publish(records(4));
      await waitUntil('all 4', () => member.deliveries.length === 4);
      member.subscription.stopTaking();
      await bus.publish([record('late')]);
      for (const delivery of member.deliveries) delivery.settle();
      await settled(1);
      expect(member.deliveries).toHaveLength(4);
      await member.subscription.close();
      const next = await join();
      await waitUntil('the late one', () => next.deliveries.length === 1);
      expect(next.texts()).toEqual(['late']);
    });

    it('lets a subscription be closed twice', async () => {
      const member = await join();
      await Promise.all([member.subscription.close(), member.subscription.close()]);
      await expect(member.subscription.close()).resolves.toBeUndefined();
    });

    it('counts published and unsettled records per partition as lag, also for a group that never came', async () => {
      await bus.publish(records(9));
      const [lag] = await bus.lag(`${under.prefix}nobody`, [hop]);
      expect(lag).toMatchObject({ topic: hop });
      expect(lag?.partitions).toHaveLength(4);
      expect(sum(lag?.partitions ?? [])).toBe(9);
      const member = await join();
      await waitUntil('all 9', () => member.deliveries.length === 9);
      expect(await lagOf()).toBe(9);
      for (const delivery of member.deliveries) delivery.settle();
      await settled(0);
    });

    it('rejects the lag of a topic that does not exist instead of guessing', async () => {
      await expect(bus.lag(`${under.prefix}group`, [`${under.prefix}missing`])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    });

    it('publishes nothing of a call that names a topic that does not exist', async () => {
      await expect(bus.publish([record('good'), record('bad', { topic: `${under.prefix}missing` })])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      expect(await lagOf()).toBe(0);
    });

    it('keeps what is there when topics are ensured again, and hands out grown partitions', async () => {
      // Settled at once: a driver may take seconds to see the new partitions, and an unsettled window would be full by then.
      const member = await join({}, (delivery) => delivery.settle());
      await bus.publish([record('before', { key: 'a' })]);
      await bus.ensureTopics([topic(hop, 6)]);
      await bus.ensureTopics([topic(hop, 2)]);
      await waitUntil('records on a new partition', async () => {
        await bus.publish(records(12));
        return member.deliveries.some(({ partition }) => partition >= 4);
      }, { withinMs: 20_000 });
      expect(member.texts()).toContain('before');
      expect((await bus.lag(`${under.prefix}group`, [hop]))[0]?.partitions).toHaveLength(6);
    });

    it('reads several topics in one subscription', async () => {
      const member = await join({ topics: [hop, kept] });
      await bus.publish([record('a'), record('b', { topic: kept })]);
      await waitUntil('both', () => member.deliveries.length === 2);
      expect(member.deliveries.map((delivery) => `${delivery.topic}:${textOf(delivery)}`).sort()).toEqual([`${hop}:a`, `${kept}:b`].sort());
    });

    it('lets handlers publish and settle at once, in a chain of topics', async () => {
      const next = `${under.prefix}next`;
      await bus.ensureTopics([topic(next, 2)]);
      const ends = await join({ group: `${under.prefix}next-group`, topics: [next] });
      await join({ window: 2 }, (delivery) => {
        void bus.publish([record(`${textOf(delivery)}'`, { topic: next })]).then(() => delivery.settle());
      });
      await bus.publish(records(30));
      await waitUntil('the end of the chain', () => new Set(ends.texts()).size === 30);
      await settled(0);
    });

    it('rejects publish, subscribe and lag with BUS_UNAVAILABLE when it is not there', async () => {
      const away = await options.openUnavailable();
      try {
        await expect(away.bus.publish([record('x')])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
        await expect(away.bus.subscribe({ group: 'g', topics: [hop], window: 1 }, () => undefined)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
        await expect(away.bus.lag('g', [hop])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      } finally {
        await away.close();
      }
    });
  });
}

interface Collector {
  readonly deliveries: Delivery[];
  readonly subscription: Subscription;
  texts(): string[];
}

function topic(name: string, partitions: number, retention: TopicSpec['retention'] = 'hop'): TopicSpec {
  return { name, partitions, retention };
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(delivery: Delivery): string {
  return new TextDecoder().decode(delivery.bytes);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
