// A member of a group in a process of its own, for tests that kill it. Arguments: client, brokers, group, topic. Tells its parent each offset; settles nothing.
import process from 'node:process';
import { openKafkaBus } from '#common/adapters/kafka';
import type { KafkaClient } from '#common/adapters/kafka';
import { SystemClock, SystemRandom } from '#common/adapters/system';

const [client = '', brokers = '', group = '', topic = ''] = process.argv.slice(2);
const bus = await openKafkaBus({
  client: client as KafkaClient,
  connection: { brokers: brokers.split(','), clientId: 'millrace-test-member' },
  clock: new SystemClock(),
  log: { write: () => undefined },
  random: new SystemRandom(),
});
await bus.subscribe({ group, topics: [topic], window: 256 }, (delivery) => process.send?.({ text: new TextDecoder().decode(delivery.bytes) }));
process.send?.({ ready: true });
