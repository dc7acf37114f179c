import { jest } from '@jest/globals';
import { describeWithServices, findServices } from '../support/services.ts';
import { busContract } from './bus.contract.ts';
import { openKafka } from './kafka-under-test.ts';

// A rebalance takes seconds, and several tests have three.
jest.setTimeout(60_000);

const NOBODY = '127.0.0.1:1';

describeWithServices('Kafka through platformatic-848', await findServices(), ({ kafkaBrokers }) => {
  busContract('platformatic-848', {
    open: () => openKafka('platformatic-848', kafkaBrokers),
    openUnavailable: () => openKafka('platformatic-848', NOBODY),
  });
});
