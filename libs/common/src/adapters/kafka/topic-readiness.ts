import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, toAppError } from '#common/errors';
import type { KafkaDriver } from './kafka-driver.ts';

const POLL_MS = 20;
const WITHIN_MS = 15_000;

/**
 * Resolves when the brokers serve every partition of the topics. A new partition is announced, then led, and served a moment after that: what is
 * published before is refused for a part of the batch and written twice for the rest.
 * @throws BUS_UNAVAILABLE after 15 s
 */
export async function untilServed(driver: KafkaDriver, topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<void> {
  const giveUpAt = performance.now() + WITHIN_MS;
  for (;;) {
    const missing = await firstUnserved(driver, topics);
    if (missing === undefined) return;
    if (performance.now() > giveUpAt) throw new AppError('BUS_UNAVAILABLE', `Kafka does not serve ${missing} ${WITHIN_MS / 1000} s after it was created.`);
    await sleep(POLL_MS);
  }
}

async function firstUnserved(driver: KafkaDriver, topics: readonly { readonly name: string; readonly partitions: number }[]): Promise<string | undefined> {
  try {
    const ranges = await driver.ranges(topics.map(({ name }) => name));
    const short = topics.find(({ name, partitions }) => (ranges.get(name)?.length ?? 0) < partitions);
    return short === undefined ? undefined : `all ${short.partitions} partitions of topic "${short.name}"`;
  } catch (error) {
    return `the new topics (${toAppError(error).message})`;
  }
}
