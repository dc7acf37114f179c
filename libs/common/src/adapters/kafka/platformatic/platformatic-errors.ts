import { findErrorBy } from '@platformatic/kafka';
import { AppError, isAppError } from '#common/errors';

const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/** Anything @platformatic/kafka throws, as what the port allows. */
export function fromPlatformatic(doing: string, thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown;
  if (TOO_LARGE.some((type) => hasErrorType(thrown, type))) {
    return new AppError('PAYLOAD_TOO_LARGE', 'Kafka refuses a record as too large. Send less, or raise max.message.bytes of the topic and message.max.bytes of the brokers.', { cause: thrown });
  }
  return new AppError('BUS_UNAVAILABLE', `Kafka could not ${doing}: ${messagesOf(thrown).join('; ')}`, { cause: thrown });
}

/** Whether Kafka's error of that name is the error, or one of those it collects. */
export function hasErrorType(thrown: unknown, type: string): boolean {
  return thrown instanceof Error && findErrorBy(thrown, 'apiId', type) !== null;
}

/** Trying again does not help: the brokers do not accept who we are. */
export function isRefused(thrown: unknown): boolean {
  return thrown instanceof Error && findErrorBy(thrown, 'code', 'PLT_KFK_AUTHENTICATION') !== null;
}

// "Producing messages failed." says nothing; what it collects does.
function messagesOf(thrown: unknown): string[] {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return [...new Set(thrown.errors.flatMap(messagesOf))];
  return [thrown instanceof Error ? thrown.message : String(thrown)];
}
