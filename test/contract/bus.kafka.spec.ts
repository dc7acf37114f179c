import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { KafkaClient } from '#common/adapters/kafka';
import type { BusRecord, Delivery, Subscription } from '#common/ports';
import { describeWithServices, findServices } from '../support/services.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openKafka } from './kafka-under-test.ts';
import type { KafkaUnderTest } from './kafka-under-test.ts';

// A killed member is missed after the session time-out of 6 s.
jest.setTimeout(60_000);

const MEMBER_MAIN = new URL('../support/kafka-member-main.ts', import.meta.url);

/** What only a bus over a network can do wrong. */
describeWithServices('Kafka alone', await findServices(), ({ kafkaBrokers }) => {
  describe.each<KafkaClient>(['kafkajs', 'platformatic'])('through %s', (client) => {
    let under: KafkaUnderTest;
    let topic: string;
    let group: string;
    const subscriptions: Subscription[] = [];
    const children: ChildProcess[] = [];

    beforeEach(async () => {
      under = await openKafka(client, kafkaBrokers);
      topic = `${under.prefix}hop`;
      group = `${under.prefix}group`;
      await under.bus.ensureTopics([{ name: topic, partitions: 4, retention: 'hop' }]);
    });

    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all(subscriptions.splice(0).map((subscription) => subscription.close()));
      await under.close();
    });

    async function join(onDelivery: (delivery: Delivery) => void, window = 256): Promise<Subscription> {
      const subscription = await under.bus.subscribe({ group, topics: [topic], window }, onDelivery);
      subscriptions.push(subscription);
      return subscription;
    }

    const record = (text: string): BusRecord => ({ topic, bytes: new TextEncoder().encode(text) });
    const numbered = (count: number, from = 0): BusRecord[] => Array.from({ length: count }, (_, index) => record(`r${from + index}`));
    const lagNow = async (): Promise<number> => ((await under.bus.lag(group, [topic]))[0]?.partitions ?? []).reduce((sum, lag) => sum + lag, 0);

    it('loses and doubles none of 10,000 records while no partition moves', async () => {
      const times = new Map<string, number>();
      await join((delivery) => {
        const text = textOf(delivery);
        times.set(text, (times.get(text) ?? 0) + 1);
        setImmediate(() => delivery.settle());
      });
      const expected = 10_000;
      for (let from = 0; from < expected; from += 500) await Promise.all(numbered(500, from).map((each) => under.bus.publish([each])));
      await waitUntil('all records and their commits', async () => times.size === expected && (await lagNow()) === 0, { withinMs: 30_000 });
      expect([...times.values()].filter((count) => count !== 1)).toEqual([]);
    });

    it('gives what a killed member held to the one that is left, marked so', async () => {
      const held = new Set<string>();
      const child = fork(MEMBER_MAIN, [client, kafkaBrokers, group, topic], { execArgv: ['--conditions=source'], env: withoutNodeOptions() });
      children.push(child);
      let ready = false;
      child.on('message', (message: { readonly ready?: true; readonly text?: string }) => {
        ready ||= message.ready === true;
        if (message.text !== undefined) held.add(message.text);
      });
      await waitUntil('the other process', () => ready, { withinMs: 20_000 });
      await under.bus.publish(numbered(40));
      await waitUntil('all records there', () => held.size === 40);
      const here = new Map<string, Delivery>();
      const joining = join((delivery) => here.set(textOf(delivery), delivery));
      child.kill('SIGKILL');
      await joining;
      await waitUntil('all records here', () => here.size === 40, { withinMs: 30_000 });
      expect([...here.values()].every(({ redelivered }) => redelivered)).toBe(true);
      for (const delivery of here.values()) delivery.settle();
      await waitUntil('no lag', async () => (await lagNow()) === 0);
    });

    it('does not hand out again what is still in hand when its partition goes away and comes back, and commits it once it is settled', async () => {
      const first: Delivery[] = [];
      await join((delivery) => first.push(delivery));
      await under.bus.publish(numbered(24));
      await waitUntil('all records at the first', () => first.length === 24);
      const second: Delivery[] = [];
      const visitor = await join((delivery) => second.push(delivery));
      await waitUntil('some at the second', () => second.length > 0);
      await visitor.close();
      // A record behind the others proves that the first reads every partition again.
      await waitUntil('new records at the first', async () => {
        await under.bus.publish(numbered(4, 1000));
        return new Set(first.slice(24).map(({ partition }) => partition)).size === 4;
      }, { withinMs: 20_000 });
      const old = first.filter((delivery) => Number(textOf(delivery).slice(1)) < 1000);
      expect(old).toHaveLength(24);
      for (const delivery of first) delivery.settle();
      await waitUntil('no lag', async () => {
        for (const delivery of first) delivery.settle();
        return (await lagNow()) === 0;
      });
    });

    it('never commits beyond what is settled, while members come and go', async () => {
      const settled = new Map<number, Set<number>>();
      const onDelivery = (delivery: Delivery): void => {
        // Settled out of order and late, as executors do.
        setTimeout(() => {
          delivery.settle();
          const offsets = settled.get(delivery.partition) ?? new Set();
          settled.set(delivery.partition, offsets.add(delivery.offset));
        }, (delivery.offset * 37) % 90);
      };
      const published = 1500;
      const ends = new Map<number, number>();
      const check = async (): Promise<void> => {
        const before = new Map([...settled].map(([partition, offsets]) => [partition, new Set(offsets)]));
        const [lags] = await under.bus.lag(group, [topic]);
        for (const [partition, lag] of (lags?.partitions ?? []).entries()) {
          const end = ends.get(partition);
          if (end === undefined) continue;
          // The sets are from before the question, and only grow: whatever is committed by the answer has to be settled now.
          for (let offset = 0; offset < end - lag; offset++) expect(before.get(partition)?.has(offset) || settled.get(partition)?.has(offset)).toBe(true);
        }
      };
      await under.bus.publish(numbered(published));
      for (const [partition, end] of ((await under.bus.lag(group, [topic]))[0]?.partitions ?? []).entries()) ends.set(partition, end);
      await join(onDelivery, 64);
      const visitor = await join(onDelivery, 64);
      await check();
      await visitor.close();
      await waitUntil('everything settled and committed', async () => {
        await check();
        return (await lagNow()) === 0;
      }, { withinMs: 30_000 });
      expect([...settled.values()].reduce((sum, offsets) => sum + offsets.size, 0)).toBe(published);
    });

    it('carries any bytes, keys and headers unchanged to the other client', async () => {
      const other = await openKafka(client === 'kafkajs' ? 'platformatic' : 'kafkajs', kafkaBrokers);
      try {
        const poison = Uint8Array.from({ length: 4096 }, (_, index) => (index * 193) ^ (index >> 3));
        const headers = { 'ä-key': 'wörd 🚰', empty: '' };
        const got: Delivery[] = [];
        subscriptions.push(await other.bus.subscribe({ group, topics: [topic], window: 256 }, (delivery) => got.push(delivery)));
        await under.bus.publish([{ topic, key: 'schlüssel', headers, bytes: poison }, { topic, bytes: new Uint8Array() }]);
        await waitUntil('both records', () => got.length === 2);
        const first = got.find(({ bytes }) => bytes.length > 0);
        expect(first).toMatchObject({ key: 'schlüssel', headers });
        expect(Buffer.compare(first?.bytes ?? new Uint8Array(), poison)).toBe(0);
        expect(got.find(({ bytes }) => bytes.length === 0)).toMatchObject({ key: undefined, headers: {} });
      } finally {
        await Promise.all(subscriptions.splice(0).map((subscription) => subscription.close()));
        await other.close();
      }
    });

    it('refuses a record that the broker will never take, at once and by name', async () => {
      const small = await openKafka(client, kafkaBrokers, { maxRecordBytes: 10_000 });
      try {
        const name = `${small.prefix}small`;
        await small.bus.ensureTopics([{ name, partitions: 1, retention: 'hop' }]);
        const sent = [8000, 20_000, 8000].map((bytes) => small.bus.publish([{ topic: name, bytes: new Uint8Array(bytes) }]));
        const results = await Promise.allSettled(sent);
        expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(results[1]).toMatchObject({ reason: { code: 'PAYLOAD_TOO_LARGE' } });
      } finally {
        await small.close();
      }
    });
  });
});

function textOf(delivery: Delivery): string {
  return new TextDecoder().decode(delivery.bytes);
}

function withoutNodeOptions(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}
