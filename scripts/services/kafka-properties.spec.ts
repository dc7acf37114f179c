import { describe, expect, it } from '@jest/globals';
import { kafkaProperties } from './kafka-properties.mjs';

function propertiesOf(count: number, extra: Record<string, string | number> = {}): Map<string, string> {
  const nodes = Array.from({ length: count }, (_, index) => ({ id: index + 1, port: 9001 + index * 10, controllerPort: 9002 + index * 10 }));
  const text = kafkaProperties({ nodeId: 1, host: '127.0.0.1', nodes, dataDir: '/d', extra });
  return new Map(text.trimEnd().split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
}

describe('the properties of a development broker', () => {
  it.each([
    [1, '1', '1'],
    [2, '2', '2'],
    [3, '3', '2'],
  ])('keep %i nodes at replication %s with %s in sync', (count, replicas, inSync) => {
    const properties = propertiesOf(count);
    expect(properties.get('default.replication.factor')).toBe(replicas);
    expect(properties.get('offsets.topic.replication.factor')).toBe(replicas);
    expect(properties.get('min.insync.replicas')).toBe(inSync);
  });

  it('name every voter, listen on the host only, and take overrides', () => {
    const properties = propertiesOf(3, { 'message.max.bytes': 5, 'log.retention.ms': 60_000 });
    expect(properties.get('controller.quorum.voters')).toBe('1@127.0.0.1:9002,2@127.0.0.1:9012,3@127.0.0.1:9022');
    expect(properties.get('listeners')).toBe('PLAINTEXT://127.0.0.1:9001,CONTROLLER://127.0.0.1:9002');
    expect(properties.get('message.max.bytes')).toBe('5');
    expect(properties.get('log.retention.ms')).toBe('60000');
  });
});
