/**
 * Properties of a broker for development and tests: one small node (or one of several), groups that react fast, topics only when asked for.
 * @param {import('./kafka-properties.d.mts').BrokerLayout} layout
 * @returns {string} the text of server.properties
 */
export function kafkaProperties({ nodeId, host, nodes, dataDir, extra = {} }) {
  const own = nodes.find((node) => node.id === nodeId);
  const replicas = Math.min(3, nodes.length);
  const inSync = Math.min(2, replicas);
  return format({
    'process.roles': 'broker,controller',
    'node.id': nodeId,
    'controller.quorum.voters': nodes.map((node) => `${node.id}@${host}:${node.controllerPort}`).join(','),
    listeners: `PLAINTEXT://${host}:${own.port},CONTROLLER://${host}:${own.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${own.port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'num.replica.fetchers': 1,
    'background.threads': 2,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 2,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'log.cleaner.dedupe.buffer.size': 8 * 1024 ** 2,
    'group.coordinator.threads': 1,
    // The defaults wait 3 s before a first assignment and allow no session under 6 s (45 s for the new protocol).
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 2000,
    'group.consumer.min.session.timeout.ms': 2000,
    'group.consumer.session.timeout.ms': 6000,
    'group.consumer.min.heartbeat.interval.ms': 200,
    'group.consumer.heartbeat.interval.ms': 500,
    // A killed broker is refused until its old registration has timed out (9 s by default).
    'broker.heartbeat.interval.ms': 500,
    'broker.session.timeout.ms': 3000,
    'message.max.bytes': 8 * 1024 ** 2,
    'log.segment.bytes': 64 * 1024 ** 2,
    ...extra,
  });
}

function format(properties) {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
