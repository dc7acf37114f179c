import { Base } from '@platformatic/kafka';
import type { ClusterMetadata, Consumer } from '@platformatic/kafka';

type Callback = (error: Error | null, metadata: ClusterMetadata) => void;
type Ask = (options: { forceUpdate?: boolean }, callback: Callback) => unknown;

/**
 * Under KIP-848 an assignment can name a grown partition before the metadata cache knows it, and the fetch loop then throws an uncaught "reading
 * 'leader'" (2.12.1). The guard asks the brokers again whenever the answer does not cover the assignment.
 * @throws Error when the package is not the one this was written for
 */
export function guardMetadata(consumer: Consumer<string | undefined, Buffer | undefined, string, string>): void {
  const internal = Object.getOwnPropertySymbols(Base.prototype).find((symbol) => symbol.description === 'plt.kafka.base.metadata');
  if (internal === undefined) throw new Error('@platformatic/kafka has no internal metadata method: it is not version 2.12.1, for which the metadata guard was written.');
  const methods = consumer as unknown as Record<PropertyKey, Ask>;
  for (const name of ['metadata', internal]) {
    const ask = methods[name]?.bind(consumer);
    if (ask === undefined) continue;
    methods[name] = (options, callback) => {
      if (callback === undefined) return ask(options, callback);
      return ask(options, (error, metadata) => (error || covers(metadata, consumer) ? callback(error, metadata) : ask({ ...options, forceUpdate: true }, callback)));
    };
  }
}

function covers(metadata: ClusterMetadata, { assignments }: { readonly assignments: readonly { topic: string; partitions: number[] }[] | null }): boolean {
  return (assignments ?? []).every(({ topic, partitions }) => {
    const known = metadata.topics.get(topic)?.partitionsCount;
    return known === undefined || partitions.every((partition) => partition < known);
  });
}
