/** LOADING -> READY -> DRAINING -> gone; any state -> FAILED. */
export type WorkerState = 'loading' | 'ready' | 'draining' | 'failed';

/** What a worker says of itself, about once a second. Counters only grow, so that a reader takes rates from two reports. */
export interface WorkerReport {
  readonly workerId: string;
  readonly pipeline: string;
  readonly version: string;
  readonly stage: string;
  readonly state: WorkerState;
  /** Why, when the state is `failed`. */
  readonly reason?: string;
  readonly executors: number;
  readonly executorsBusy: number;
  /** Deliveries taken and not yet settled. */
  readonly inHand: number;
  readonly executedTotal: number;
  readonly failedTotal: number;
  /** Seconds executors have spent computing. */
  readonly computeSecondsTotal: number;
  /** Cluster time of the report. */
  readonly atMs: number;
}

/** Who works where. Workers write without knowing who reads: the ingress (readiness), the autoscaler, people. */
export interface Fleet {
  /** Replaces the worker's last report. Best effort: never throws for a store that is away. */
  report(report: WorkerReport): Promise<void>;
  /** A worker that left on purpose; one that died disappears when its reports grow old. */
  withdraw(workerId: string): Promise<void>;
  /** Fresh reports only. Rejects with STORE_UNAVAILABLE: absence of knowledge is not absence of workers. */
  workers(): Promise<readonly WorkerReport[]>;
}
