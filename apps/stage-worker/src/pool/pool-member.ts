import type { AppError } from '#common/errors';
import type { ExecuteCall, ExecuteOutputs, StageExecutor } from '../executors/index.ts';

/** An executor the pool can end in the middle of a call. It tells the pool of every end that the pool did not ask for with `unload`. */
export interface StoppableExecutor extends StageExecutor {
  /** Rejects the running call with `error`. */
  stop(error: AppError): void;
}

/** A call that waits for a member or runs on one. Its caller may know the end before it ends (an abort): what comes later is ignored. */
export interface Job {
  readonly call: ExecuteCall;
  readonly signal: AbortSignal;
  readonly arrivedAt: number;
  readonly resolve: (outputs: ExecuteOutputs) => void;
  readonly reject: (error: AppError) => void;
  onAbort: () => void;
  member: PoolMember | undefined;
}

/** One executor and what the pool knows of it. STARTING -> FREE <-> BUSY; any state -> out of the pool. */
export class PoolMember {
  readonly executor: StoppableExecutor;
  /** A resize asked for it: if it does not load, the pool stays smaller instead of trying again. */
  readonly optional: boolean;
  state: 'starting' | 'free' | 'busy' = 'starting';
  /** Surplus: finishes its call, then leaves. */
  retiring = false;
  /** Has finished a call: its death is a single event, not a loop. */
  proven = false;
  /** When its call must end, by the clock's `now`; Infinity while it has none. */
  dueAt = Infinity;
  /** Its call was given up by its caller. */
  abandoned = false;
  /** Resolves when it is warm and in service; rejects with why it is not. */
  ready: Promise<void> = Promise.resolve();
  /** Resolves when it has left. */
  readonly left: Promise<void>;
  leave: () => void = () => undefined;

  constructor(executor: StoppableExecutor, optional: boolean) {
    this.executor = executor;
    this.optional = optional;
    this.left = new Promise((resolve) => {
      this.leave = resolve;
    });
  }

  begin(job: Job, dueAt: number): void {
    job.member = this;
    this.state = 'busy';
    this.dueAt = dueAt;
    this.abandoned = false;
  }

  end(): void {
    this.state = 'free';
    this.dueAt = Infinity;
  }
}
