export { KafkaBus } from './kafka-bus.ts';
export type { KafkaConnection, KafkaSasl, KafkaTls } from './kafka-connection.ts';
export { KAFKA_CLIENTS, openKafkaBus } from './open-kafka-bus.ts';
export type { KafkaClient, OpenKafkaBusOptions } from './open-kafka-bus.ts';
export type { TopicPlan } from './topic-plan.ts';
