import { openKafkaBus } from '#common/adapters/kafka';
import type { KafkaBus, KafkaClient, OpenKafkaBusOptions } from '#common/adapters/kafka';
import { SystemClock, SystemRandom } from '#common/adapters/system';
import type { Log } from '#common/ports';
import type { BusUnderTest } from './bus.contract.ts';

const quiet: Log = { write: () => undefined };
let opened = 0;

export interface KafkaUnderTest extends BusUnderTest {
  readonly bus: KafkaBus;
}

/** A Kafka bus with names of its own: topics outlive a test, and broker and clients are shared. */
export async function openKafka(client: KafkaClient, brokers: string, options: Partial<OpenKafkaBusOptions> = {}): Promise<KafkaUnderTest> {
  const clock = new SystemClock();
  const bus = await openKafkaBus({ client, connection: { brokers: brokers.split(','), clientId: 'millrace-test' }, clock, log: quiet, random: new SystemRandom(), ...options });
  return { bus, prefix: `t${process.pid}-${Date.now()}-${++opened}.`, close: () => bus.close() };
}
