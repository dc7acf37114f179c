import { describe, expect, it } from '@jest/globals';
import { AppError } from '#common/errors';
import type { BusRecord, Clock } from '#common/ports';
import type { DriverRecord, KafkaDriver, TopicLayout, TopicPartition } from './kafka-driver.ts';
import { Publisher } from './publisher.ts';
import { TopicDirectory } from './topic-directory.ts';

/** Time passes only when something waits for it. */
class JumpingClock implements Clock {
  #now = 0;
  now(): number {
    return this.#now;
  }
  clusterNow(): number {
    return this.#now;
  }
  after(ms: number, call: () => void): () => void {
    const timer = setImmediate(() => {
      this.#now += ms;
      call();
    });
    return () => clearImmediate(timer);
  }
}

type Answer = (records: readonly DriverRecord[], request: number) => readonly TopicPartition[] | Promise<readonly TopicPartition[]>;

/** A driver whose answers to `produce` are scripted: what real brokers do only when they die at the right moment. */
function scripted(answer: Answer, leaders: () => readonly number[] = () => [1, 1, 2, 2]) {
  const requests: (readonly DriverRecord[])[] = [];
  let inFlight = 0;
  const most = { inFlight: 0 };
  const layout = (topics: readonly string[]) => Promise.resolve(new Map<string, TopicLayout>(topics.filter((topic) => topic !== 'missing').map((topic) => [topic, { leaders: leaders() }])));
  const produce = async (records: readonly DriverRecord[]) => {
    requests.push(records);
    most.inFlight = Math.max(most.inFlight, ++inFlight);
    await Promise.resolve();
    try {
      return await answer(records, requests.length);
    } finally {
      inFlight--;
    }
  };
  const driver = { layout, produce } as unknown as KafkaDriver;
  const clock = new JumpingClock();
  const publisher = new Publisher({ driver, clock, topics: new TopicDirectory(driver, clock), publishTimeoutMs: 5000, maxPendingBytes: 1000, firstTurn: 0 });
  return { publisher, requests, most };
}

const all: Answer = (records) => records;
const record = (size = 1): BusRecord => ({ topic: 't', bytes: new Uint8Array(size) });
const sizes = (requests: readonly (readonly DriverRecord[])[]): number[] => requests.map((request) => request.length);

describe('the publisher', () => {
  it('sends what one turn publishes in one request per leader', async () => {
    const { publisher, requests } = scripted(all);
    await publisher.publish([record()]);
    await Promise.all(Array.from({ length: 40 }, () => publisher.publish([record()])));
    expect(sizes(requests)).toEqual([1, 20, 20]);
  });

  it('has at most two requests in flight per leader', async () => {
    const { publisher, most } = scripted(all, () => [1]);
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      for (let turn = 0; turn < index; turn++) await Promise.resolve();
      await publisher.publish([record()]);
      await publisher.publish([record()]);
    }));
    expect(most.inFlight).toBeLessThanOrEqual(2);
  });

  it('sends again what the driver left out although it resolved (kafkajs loses acknowledged records when a leader dies)', async () => {
    const { publisher, requests } = scripted((records, request) => (request === 1 ? records.filter(({ partition }) => partition !== 2) : records), () => [1, 1, 1, 1]);
    await publisher.publish([record(), record(), record(), record()]);
    expect(requests.map((request) => request.map(({ partition }) => partition))).toEqual([[0, 1, 2, 3], [2]]);
  });

  it('sends each partition by itself after a mixed request failed (platformatic sends all of them to the leader of the first)', async () => {
    const { publisher, requests } = scripted((records) => {
      if (new Set(records.map(({ partition }) => partition)).size > 1) throw new Error('leaders have parted');
      return records;
    }, () => [1, 1, 1, 1]);
    await publisher.publish([record(), record(), record(), record(), record()]);
    expect(sizes(requests).slice(0, 1)).toEqual([5]);
    expect(sizes(requests).slice(1).sort()).toEqual([1, 1, 1, 2]);
  });

  it('gives up with BUS_UNAVAILABLE when the time is over', async () => {
    const { publisher, requests } = scripted(() => []);
    await expect(publisher.publish([record()])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE', retryable: true });
    expect(requests.length).toBeGreaterThan(2);
  });

  it('refuses only the record that is too large by itself', async () => {
    const { publisher } = scripted((records) => {
      if (records.reduce((sum, { bytes }) => sum + bytes.length, 0) > 100) throw new AppError('PAYLOAD_TOO_LARGE', 'too large');
      return records;
    }, () => [1]);
    const results = await Promise.allSettled([record(60), record(60), record(101)].map((each) => publisher.publish([each])));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'PAYLOAD_TOO_LARGE' } });
  });

  it('refuses more than it may hold, but never a first record', async () => {
    const { publisher } = scripted(all);
    const [large, next] = await Promise.allSettled([publisher.publish([record(2000)]), publisher.publish([record(1)])]);
    expect(large.status).toBe('fulfilled');
    expect(next).toMatchObject({ reason: { code: 'BUS_UNAVAILABLE' } });
    await expect(publisher.publish([record(1)])).resolves.toBeUndefined();
  });

  it('sends nothing of a call that names a topic that does not exist', async () => {
    const { publisher, requests } = scripted(all);
    await expect(publisher.publish([record(), { ...record(), topic: 'missing' }])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    expect(requests).toEqual([]);
  });

  it('follows a partition to its new leader', async () => {
    let leader = 1;
    const { publisher, requests } = scripted((records, request) => {
      if (request > 1) return records;
      leader = 2;
      throw new Error('not the leader');
    }, () => [leader]);
    await publisher.publish([record()]);
    expect(sizes(requests)).toEqual([1, 1]);
  });

  it('refuses everything once closed, what waits included', async () => {
    const { publisher } = scripted(() => []);
    const waiting = publisher.publish([record()]);
    publisher.close();
    await expect(waiting).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
    await expect(publisher.publish([record()])).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
  });
});
