import type { BrokerLayout } from './kafka-properties.d.mts';
import type { NotedProcess } from './process-identity.d.mts';

export interface BrokerOptions {
  readonly jarsDir: string;
  /** Properties, log and data lie in it. */
  readonly folder: string;
  readonly nodeId: number;
  readonly host: string;
  readonly nodes: BrokerLayout['nodes'];
  readonly clusterId: string;
  readonly heapMb?: number;
  readonly extra?: NonNullable<BrokerLayout['extra']>;
}
/** `ready` resolves when the broker is in its cluster and answers. */
export function startBroker(options: BrokerOptions): Promise<NotedProcess & { readonly ready: Promise<void> }>;
export function newClusterId(): string;
