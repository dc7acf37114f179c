import type { Batch, IHeaders, KafkaMessage, Message, TopicMessages } from 'kafkajs';
import type { DriverRecord, FetchedRecord } from '../kafka-driver.ts';

/** Records in the order and grouping kafkajs sends them. */
export function toTopicMessages(records: readonly DriverRecord[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const record of records) {
    const messages = byTopic.get(record.topic);
    if (messages === undefined) byTopic.set(record.topic, [toMessage(record)]);
    else messages.push(toMessage(record));
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

/** The records of a fetched batch. A null value (a tombstone of someone else) becomes no bytes. */
export function fromBatch({ topic, partition, messages }: Batch): FetchedRecord[] {
  return messages.map((message) => ({
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString(),
    headers: textHeaders(message),
    bytes: message.value ?? new Uint8Array(),
  }));
}

function toMessage({ partition, key, headers, bytes }: DriverRecord): Message {
  // kafkajs changes nothing in the map it is given, but types it as its own.
  return { partition, key: key ?? null, headers: headers as IHeaders, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
}

// Of a repeated header the last one counts, as it does for the other client.
function textHeaders({ headers }: KafkaMessage): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    texts[name] = last?.toString() ?? '';
  }
  return texts;
}
