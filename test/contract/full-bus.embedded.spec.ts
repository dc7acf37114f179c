import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BusRecord, Delivery } from '#common/ports';
import { waitUntil } from '../support/wait-until.ts';
import { openEmbedded } from './embedded-under-test.ts';
import type { EmbeddedUnderTest } from './embedded-under-test.ts';

const MAX_BYTES = 1_000;

describe('an embedded bus whose memory is full', () => {
  let under: EmbeddedUnderTest;
  beforeEach(async () => {
    under = await openEmbedded({ maxHopBytes: MAX_BYTES });
    await under.engine.bus.ensureTopics(['first', 'second', 'third'].map((name) => ({ name, partitions: 1, retention: 'hop' })));
  });
  afterEach(() => under.close());

  const record = (topic: string, size: number): BusRecord => ({ topic, bytes: new Uint8Array(size) });
  const publish = (topic: string, size: number): Promise<void> => under.engine.bus.publish([record(topic, size)]);
  const read = async (topic: string): Promise<Delivery[]> => {
    const deliveries: Delivery[] = [];
    await under.engine.bus.subscribe({ group: topic, topics: [topic], window: 256 }, (delivery) => deliveries.push(delivery));
    return deliveries;
  };

  it('refuses more of what fills it', async () => {
    await publish('first', 900);
    await expect(publish('first', 200)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
  });

  it('still takes what a later stage makes of it, or nothing would ever be settled again', async () => {
    const reachedThird: Delivery[] = [];
    for (let count = 0; count < 10; count += 1) await publish('first', 100);
    await expect(publish('first', 100)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    // A stage as workers are: what it read is settled once its output is published, which is tried until it works.
    const [first, second] = await Promise.all([read('first'), read('second')]);
    await under.engine.bus.subscribe({ group: 'third', topics: ['third'], window: 256 }, (delivery) => {
      reachedThird.push(delivery);
      delivery.settle();
    });
    const pass = async (from: Delivery[], to: string): Promise<void> => {
      const [next] = from;
      if (next === undefined || !(await publish(to, 100).then(() => true, () => false))) return;
      from.shift();
      next.settle();
    };
    await waitUntil('all to reach the third', async () => {
      await pass(first, 'second');
      await pass(second, 'third');
      return reachedThird.length === 10;
    });
  });

  it('takes a record larger than a topic\'s share while that topic is empty', async () => {
    await publish('first', MAX_BYTES);
    await publish('second', 800);
    await expect(publish('second', 1)).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });

  it('holds at most its limit and a share of it for each topic', async () => {
    const held = { first: 0, second: 0, third: 0 };
    for (const topic of ['first', 'second', 'third'] as const) {
      for (let count = 0; count < 100; count += 1) {
        const taken = await publish(topic, 50).then(() => 50, () => 0);
        held[topic] += taken;
      }
    }
    expect(held.first).toBe(MAX_BYTES);
    expect(held.second + held.third).toBeLessThanOrEqual(MAX_BYTES);
  });
});
