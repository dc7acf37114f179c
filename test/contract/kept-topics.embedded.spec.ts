import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BusRecord, Delivery } from '#common/ports';
import { openEmbedded } from './embedded-under-test.ts';
import type { EmbeddedUnderTest } from './embedded-under-test.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('kept topics of the embedded bus', () => {
  let under: EmbeddedUnderTest;
  beforeEach(async () => {
    under = await openEmbedded({ maxHopBytes: 1_000 });
    await deploy();
  });
  afterEach(() => under.close());

  const deploy = (): Promise<void> =>
    under.engine.bus.ensureTopics([
      { name: 'dead', partitions: 1, retention: 'kept' },
      { name: 'hop', partitions: 1, retention: 'hop' },
    ]);
  const record = (text: string, overrides: Partial<BusRecord> = {}): BusRecord => ({ topic: 'dead', key: `key-${text}`, headers: { reason: text }, bytes: new TextEncoder().encode(text), ...overrides });
  const browse = async (from = 0, limit = 100): Promise<string[]> => (await under.engine.bus.browse('dead', 0, from, limit)).map(({ offset, bytes }) => `${offset}:${new TextDecoder().decode(bytes)}`);
  const read = async (settle: (delivery: Delivery) => boolean): Promise<string[]> => {
    const texts: string[] = [];
    await under.engine.bus.subscribe({ group: 'redrive', topics: ['dead'], window: 10 }, (delivery) => {
      texts.push(new TextDecoder().decode(delivery.bytes));
      if (settle(delivery)) delivery.settle();
    });
    return texts;
  };

  it('are there again after a restart, with everything that was published', async () => {
    await under.engine.bus.publish([record('a'), record('b')]);
    under.clock.advance(5);
    await under.engine.bus.publish([{ topic: 'dead', bytes: new Uint8Array() }]);
    await under.reopen();
    await deploy();
    const startMs = Math.floor(under.clock.clusterNow()) - 5;
    expect(await under.engine.bus.browse('dead', 0, 0, 10)).toEqual([
      { topic: 'dead', partition: 0, offset: 0, atMs: startMs, key: 'key-a', headers: { reason: 'a' }, bytes: new TextEncoder().encode('a') },
      { topic: 'dead', partition: 0, offset: 1, atMs: startMs, key: 'key-b', headers: { reason: 'b' }, bytes: new TextEncoder().encode('b') },
      { topic: 'dead', partition: 0, offset: 2, atMs: startMs + 5, key: undefined, headers: {}, bytes: new Uint8Array() },
    ]);
  });

  it('are browsed in slices', async () => {
    await under.engine.bus.publish(['a', 'b', 'c', 'd'].map((text) => record(text)));
    expect(await browse(1, 2)).toEqual(['1:b', '2:c']);
    expect(await browse(3, 2)).toEqual(['3:d']);
    expect(await browse(4, 2)).toEqual([]);
  });

  it('keep their records when a group has settled them', async () => {
    await under.engine.bus.publish([record('a')]);
    const texts = await read(() => true);
    await waitUntil('the delivery', () => texts.length === 1);
    expect(await browse()).toEqual(['0:a']);
    expect(await under.engine.bus.lag('redrive', ['dead'])).toEqual([{ topic: 'dead', partitions: [0] }]);
  });

  it('give a group after a restart only what it had not settled without a gap', async () => {
    await under.engine.bus.publish(['a', 'b', 'c', 'd'].map((text) => record(text)));
    const texts = await read(({ offset }) => offset !== 2);
    await waitUntil('all 4', () => texts.length === 4);
    await under.reopen();
    await deploy();
    expect(await under.engine.bus.lag('redrive', ['dead'])).toEqual([{ topic: 'dead', partitions: [2] }]);
    const again = await read(() => true);
    await waitUntil('the rest', () => again.length === 2);
    expect(again).toEqual(['c', 'd']);
  });

  it('lose what is purged, for groups too, and never use an offset again', async () => {
    await under.engine.bus.publish(['a', 'b', 'c'].map((text) => record(text)));
    await under.engine.bus.purge('dead', 0, 2);
    expect(await under.engine.bus.ranges('dead')).toEqual([{ partition: 0, start: 2, end: 3 }]);
    expect(await browse()).toEqual(['2:c']);
    await under.engine.bus.purge('dead', 0, 99);
    await under.reopen();
    await deploy();
    await under.engine.bus.publish([record('d')]);
    expect(await browse()).toEqual(['3:d']);
    const texts = await read(() => true);
    await waitUntil('the last', () => texts.length > 0);
    expect(texts).toEqual(['d']);
  });

  it('take records together with hops, all or none', async () => {
    await expect(under.engine.bus.publish([record('a'), { topic: 'hop', bytes: new Uint8Array(2_000) }])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    expect(await browse()).toEqual([]);
    await under.engine.bus.publish([record('a'), { topic: 'hop', bytes: new Uint8Array(10) }]);
    expect(await browse()).toEqual(['0:a']);
    expect(await under.engine.bus.lag('g', ['hop'])).toEqual([{ topic: 'hop', partitions: [1] }]);
  });

  it('are the only ones to be browsed', async () => {
    for (const call of [under.engine.bus.ranges('hop'), under.engine.bus.browse('hop', 0, 0, 1), under.engine.bus.purge('hop', 0, 1), under.engine.bus.ranges('missing')]) {
      await expect(call).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    }
  });
});

describe('the embedded bus', () => {
  it('refuses records beyond its memory limit, and takes more once some are settled', async () => {
    const under = await openEmbedded({ maxHopBytes: 1_000 });
    try {
      const { bus } = under.engine;
      await bus.ensureTopics([{ name: 'hop', partitions: 2, retention: 'hop' }]);
      const publish = (): Promise<void> => bus.publish([{ topic: 'hop', bytes: new Uint8Array(400) }]);
      await publish();
      await publish();
      await expect(publish()).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true, message: expect.stringContaining('limit of 1000') });
      await bus.subscribe({ group: 'g', topics: ['hop'], window: 1 }, (delivery) => delivery.settle());
      await waitUntil('room', () => publish().then(() => true, () => false));
    } finally {
      await under.close();
    }
  });

  it('takes a member whose handler throws out of its group, tells it, and gives its records to others', async () => {
    const under = await openEmbedded();
    try {
      const { bus } = under.engine;
      await bus.ensureTopics([{ name: 'hop', partitions: 1, retention: 'hop' }]);
      const failures: string[] = [];
      const onFailure = (error: Error): void => void failures.push(error.message);
      await bus.subscribe({ group: 'g', topics: ['hop'], window: 9, onFailure }, () => {
        throw new Error('broken handler');
      });
      const texts: string[] = [];
      await bus.publish(['a', 'b'].map((text) => ({ topic: 'hop', bytes: new TextEncoder().encode(text) })));
      await waitUntil('the failure', () => failures.length === 1);
      await bus.subscribe({ group: 'g', topics: ['hop'], window: 9 }, (delivery) => void texts.push(new TextDecoder().decode(delivery.bytes)));
      await waitUntil('both', () => texts.length === 2);
      expect(failures).toEqual(['broken handler']);
      expect(texts).toEqual(['a', 'b']);
      expect(under.lines).toMatchObject([{ level: 'error', fields: { group: 'g', error: 'broken handler' } }]);
    } finally {
      await under.close();
    }
  });

  it.each([0, 257, 1.5])('refuses a window of %d', async (window) => {
    const under = await openEmbedded();
    try {
      await under.engine.bus.ensureTopics([{ name: 'hop', partitions: 1, retention: 'hop' }]);
      await expect(under.engine.bus.subscribe({ group: 'g', topics: ['hop'], window }, () => undefined)).rejects.toThrow(`window is ${window}`);
    } finally {
      await under.close();
    }
  });

  it('lets each of several busy partitions of one member have its turn', async () => {
    const under = await openEmbedded();
    try {
      const { bus } = under.engine;
      await bus.ensureTopics([{ name: 'hop', partitions: 4, retention: 'hop' }]);
      await bus.publish(Array.from({ length: 400 }, () => ({ topic: 'hop', bytes: new Uint8Array(1) })));
      const inHand: Delivery[] = [];
      const turns: number[] = [];
      await bus.subscribe({ group: 'g', topics: ['hop'], window: 1 }, (delivery) => {
        turns.push(delivery.partition);
        inHand.push(delivery);
      });
      await waitUntil('40 turns', () => {
        inHand.pop()?.settle();
        return turns.length >= 40;
      });
      const counts = [0, 1, 2, 3].map((partition) => turns.slice(0, 40).filter((each) => each === partition).length);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(9);
    } finally {
      await under.close();
    }
  });
});
