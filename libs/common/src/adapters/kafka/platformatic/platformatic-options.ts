import type { BaseOptions } from '@platformatic/kafka';
import { TIMES } from '../kafka-connection.ts';
import type { KafkaConnection, KafkaSasl } from '../kafka-connection.ts';

const MECHANISMS = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const satisfies Record<KafkaSasl['mechanism'], string>;

/**
 * What every client of the package is given. It never repeats by itself: a refused commit would be repeated into a later generation, and a produce
 * request towards the leader of its first record only. Its callers here repeat what is safe to.
 */
export function baseOptions({ brokers, clientId, tls, sasl }: KafkaConnection): BaseOptions {
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: TIMES.connectMs,
    requestTimeout: TIMES.requestMs,
    timeout: TIMES.requestMs,
    metadataMaxAge: TIMES.metadataAgeMs,
    retries: 0,
    autocreateTopics: false,
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    ...(sasl === undefined ? {} : { sasl: { mechanism: MECHANISMS[sasl.mechanism], username: sasl.username, password: sasl.password } }),
  };
}
