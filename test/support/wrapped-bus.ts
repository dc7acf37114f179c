import type { AppError } from '#common/errors';
import type { Bus, BusRecord, Delivery } from '#common/ports';

export interface BusBetween {
  readonly refuse?: (records: readonly BusRecord[]) => AppError | undefined;
  readonly deliver?: (delivery: Delivery, handle: (delivery: Delivery) => void) => void;
}

/** A real bus with faults: what it refuses is not published; how it hands over a record. */
export function wrapBus(bus: Bus, { refuse, deliver }: BusBetween): Bus {
  return {
    ensureTopics: (topics) => bus.ensureTopics(topics),
    lag: (group, topics) => bus.lag(group, topics),
    publish: (records) => {
      const error = refuse?.(records);
      return error === undefined ? bus.publish(records) : Promise.reject(error);
    },
    subscribe: (options, handle) => bus.subscribe(options, deliver === undefined ? handle : (delivery) => deliver(delivery, handle)),
  };
}
