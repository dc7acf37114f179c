/** What a worker has done since it started. All only grow, so that a reader takes rates from two readings. */
export interface Counters {
  /** Requests computed. */
  executedTotal: number;
  /** Executions that failed, retried ones included. */
  failedTotal: number;
  retriedTotal: number;
  deadLetteredTotal: number;
  /** Ended here with a deadline outcome. */
  expiredTotal: number;
  /** Left alone because the request had its outcome already. */
  droppedTotal: number;
  /** Outcomes written here that came second. */
  lateTotal: number;
  /** Records put back because this worker cannot read them or does not know their version. */
  parkedTotal: number;
  /** Seconds executors have spent computing. */
  computeSecondsTotal: number;
}

export function newCounters(): Counters {
  return {
    executedTotal: 0, failedTotal: 0, retriedTotal: 0, deadLetteredTotal: 0, expiredTotal: 0, droppedTotal: 0, lateTotal: 0, parkedTotal: 0,
    computeSecondsTotal: 0,
  };
}
