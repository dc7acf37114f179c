import { toAppError } from '#common/errors';
import type { CompiledPipeline } from '#common/pipeline';
import type { AcceptRecord, CancelTimer, Clock, Log, Replies } from '#common/ports';
import { deadlineOutcome } from './ending.ts';

export interface SweeperPorts {
  readonly replies: Replies;
  readonly clock: Clock;
  readonly log: Log;
  /** The version a request runs on, while it is loaded. */
  readonly pipelineOf: (record: Pick<AcceptRecord, 'pipeline' | 'version'>) => CompiledPipeline | undefined;
}

const EVERY_MS = 500;
/** Head start of the ingress that holds the waiting caller: it ends its own requests. */
const HEAD_START_MS = 250;
const BATCH = 100;

/** Ends requests whose deadline has passed and whom nobody ended: asynchronous ones, and those whose ingress died. Runs in every ingress; the first write wins. */
export class Sweeper {
  private readonly ports: SweeperPorts;
  private cancelTimer: CancelTimer | undefined;
  private stopped = false;
  private storeAway = false;

  constructor(ports: SweeperPorts) {
    this.ports = ports;
  }

  start(): void {
    this.cancelTimer = this.ports.clock.after(EVERY_MS, () => void this.tick());
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer?.();
  }

  private async tick(): Promise<void> {
    try {
      // After a restart many can be overdue at once; a full batch means that there are more.
      while ((await this.sweep()) === BATCH && !this.stopped) continue;
      this.storeAway = false;
    } catch (error) {
      // Said once per outage, not twice a second.
      if (!this.storeAway) this.ports.log.write('warn', `overdue requests wait to be ended until the store is back: ${toAppError(error).message}`);
      this.storeAway = true;
    }
    if (!this.stopped) this.start();
  }

  /** One round: ends up to a batch of overdue requests, oldest first. Rejects with STORE_UNAVAILABLE. */
  async sweep(): Promise<number> {
    const { replies, clock } = this.ports;
    const overdue = await replies.overdue(clock.clusterNow() - HEAD_START_MS, BATCH);
    // Together, so that the store can write them in one go.
    await Promise.all(overdue.map((record) => this.end(record)));
    return overdue.length;
  }

  private async end(record: Omit<AcceptRecord, 'entry'>): Promise<void> {
    const { replies, clock, pipelineOf } = this.ports;
    const view = await replies.peek(record.requestId);
    await replies.complete(record.requestId, deadlineOutcome({ view, pipeline: pipelineOf(record), atMs: clock.clusterNow() }));
  }
}
