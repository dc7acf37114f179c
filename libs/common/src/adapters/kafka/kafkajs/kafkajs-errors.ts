import { AppError, isAppError } from '#common/errors';

interface KafkajsError extends Error {
  /** Kafka's own name of the error, on protocol errors. */
  readonly type?: string;
  readonly cause?: unknown;
}

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Anything kafkajs throws, as what the port allows. */
export function fromKafkajs(doing: string, thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  const error = rootOf(thrown);
  if (TOO_LARGE.has(error.type ?? '')) {
    return new AppError('PAYLOAD_TOO_LARGE', 'Kafka refuses a record as too large. Send less, or raise max.message.bytes of the topic and message.max.bytes of the brokers.', { cause: thrown });
  }
  return new AppError('BUS_UNAVAILABLE', `Kafka could not ${doing}: ${error.message}`, { cause: thrown });
}

/** Kafka's name of the error, or undefined. */
export function kafkajsErrorType(thrown: unknown): string | undefined {
  return rootOf(thrown).type;
}

// "Number of retries exceeded" and its like wrap the error that says what is wrong.
function rootOf(thrown: unknown): KafkajsError {
  const error = thrown instanceof Error ? (thrown as KafkajsError) : new Error(String(thrown));
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
