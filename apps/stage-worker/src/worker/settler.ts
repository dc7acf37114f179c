import type { Delivery, JoinStore } from '#common/ports';
import { joinId } from '../join/index.ts';
import type { JoinedParts } from '../join/index.ts';
import type { InHand } from './in-hand.ts';
import type { Work } from './work.ts';

/** The last step of each work, and the list of joins that are running here. */
export class Settler {
  readonly #inHand: InHand;
  readonly #joins: JoinStore;
  readonly #joined = new Map<string, Work>();
  #onChange: () => void = () => undefined;

  constructor(inHand: InHand, joins: JoinStore) {
    this.#inHand = inHand;
    this.#joins = joins;
  }

  /** Called when a join has ended. One listener. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /** Joins that are being worked on. */
  get activeJoins(): number {
    let active = 0;
    for (const work of this.#joined.values()) if (!work.waiting) active += 1;
    return active;
  }

  begin(work: Work): void {
    if (work.lease !== undefined) this.#joined.set(joinId(work.lease.key), work);
  }

  /** A join that fired again while it runs here is not run again: the running work takes over the new lease and the record that brought it. */
  adopt({ lease }: JoinedParts, delivery: Delivery | undefined): boolean {
    const running = this.#joined.get(joinId(lease.key));
    if (running === undefined) return false;
    running.lease = lease;
    if (delivery !== undefined) running.deliveries.push(delivery);
    return true;
  }

  /** Every effect of the work is durable: the join is closed, then its records are settled. */
  finish(work: Work): void {
    const { lease } = work;
    if (lease === undefined) {
      this.settleRecords(work);
      return;
    }
    const settled = (): void => {
      this.#joined.delete(joinId(lease.key));
      this.settleRecords(work);
      this.#onChange();
    };
    // A join that could not be closed fires again when its lease lapses, and downstream drops the repeat: no reason to hold the record.
    this.#joins.done(lease).then(settled, settled);
  }

  /** Settles the records only. */
  settleRecords(work: Work): void {
    for (const delivery of work.deliveries.splice(0)) this.#inHand.settle(delivery);
  }
}
