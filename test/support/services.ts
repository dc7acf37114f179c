import { describe, it } from '@jest/globals';
import { look, up } from '../../scripts/services/services.mjs';

/** Where the real services are. */
export interface Services {
  /** `host:port`, comma-separated. */
  readonly kafkaBrokers: string;
  readonly redisUrl: string;
}

/** Services, or why there are none. */
export type ServicesOrReason = { readonly services: Services } | { readonly reason: string };

let found: Promise<ServicesOrReason> | undefined;

/**
 * Finds Kafka and Redis, starting them for this Jest run when nobody has: those of `npm run services`, or of the variables, come first. Asked for at
 * the top of a suite (`await findServices()`); the first to ask waits some seconds.
 */
export function findServices(): Promise<ServicesOrReason> {
  found ??= search();
  return found;
}

/**
 * A `describe` that needs the services. Without them it is one skipped test that says why, or one that fails when MILLRACE_REQUIRE_SERVICES is 1.
 */
export function describeWithServices(name: string, result: ServicesOrReason, suite: (services: Services) => void): void {
  if ('services' in result) {
    describe(name, () => suite(result.services));
    return;
  }
  const { reason } = result;
  if (process.env['MILLRACE_REQUIRE_SERVICES'] === '1') {
    it(`${name} has Kafka and Redis`, () => {
      throw new Error(`MILLRACE_REQUIRE_SERVICES=1, but the services are missing. ${reason}`);
    });
    return;
  }
  // The summary shows what stands between the brackets.
  it.skip(`${name} (skipped: ${reason.replaceAll(/[()\n]+/g, ' ')})`, () => undefined);
}

async function search(): Promise<ServicesOrReason> {
  try {
    const shared = await look();
    const folder = process.env['TEST_SERVICES_FOLDER'];
    const services = shared.kafka.up && shared.redis.up ? shared : await up(folder === undefined ? {} : { folder });
    const [kafkaBrokers, redisUrl] = [services.kafka.address, services.redis.address];
    if (kafkaBrokers === undefined || redisUrl === undefined) return { reason: 'the services were started and do not answer' };
    return { services: { kafkaBrokers, redisUrl } };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
