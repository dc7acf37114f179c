import type { Config } from '#common/config';

/** What the ingress needs to know; the settings behind it are described in the table of environment variables. */
export interface IngressConfig {
  readonly host: string;
  readonly httpPort: number;
  /** Most bytes of one request body, decompressed. */
  readonly maxBody: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly drainMs: number;
  /** First word of topic names. */
  readonly prefix: string;
}

export function ingressConfig(config: Config): IngressConfig {
  const { host, httpPort, maxBody, maxInFlight, maxInFlightBytes, drainMs, prefix } = config;
  return Object.freeze({ host, httpPort, maxBody, maxInFlight, maxInFlightBytes, drainMs, prefix });
}
