export interface BrokerLayout {
  readonly nodeId: number;
  readonly host: string;
  /** All nodes of the cluster, this one included. */
  readonly nodes: readonly { readonly id: number; readonly port: number; readonly controllerPort: number }[];
  readonly dataDir: string;
  /** Properties to add or replace. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
}
export function kafkaProperties(layout: BrokerLayout): string;
