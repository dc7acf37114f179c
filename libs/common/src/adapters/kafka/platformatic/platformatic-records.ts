import type { Deserializers, Message, MessageToProduce, Serializers } from '@platformatic/kafka';
import type { DriverRecord, FetchedRecord } from '../kafka-driver.ts';

/** Keys and headers are text, values bytes: the package hands out Buffers for all of them unless told otherwise. */
export type TextMessage = Message<string | undefined, Buffer | undefined, string, string>;

export const SERIALIZERS: Serializers<string | undefined, Buffer, string, string> = {
  // It asks for a Buffer in its types and takes a missing key at run time: that is how a record has none.
  key: (key) => (key === undefined ? (undefined as unknown as Buffer) : Buffer.from(key)),
  value: (value) => value ?? Buffer.alloc(0),
  headerKey: (name) => Buffer.from(name ?? ''),
  headerValue: (value) => Buffer.from(value ?? ''),
};

export const DESERIALIZERS: Deserializers<string | undefined, Buffer | undefined, string, string> = {
  key: (key) => key?.toString(),
  value: (value) => value,
  headerKey: (name) => name?.toString() ?? '',
  headerValue: (value) => value?.toString() ?? '',
};

export function toMessage({ topic, partition, key, headers, bytes }: DriverRecord): MessageToProduce<string | undefined, Buffer, string, string> {
  return { topic, partition, ...(key === undefined ? {} : { key }), headers, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** A null value (a tombstone of someone else) becomes no bytes. */
export function fromMessage({ topic, partition, offset, key, headers, value }: TextMessage): FetchedRecord {
  return { topic, partition, offset: Number(offset), key, headers: Object.fromEntries(headers), bytes: value ?? new Uint8Array() };
}
