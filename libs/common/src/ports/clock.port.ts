/** Cancels a timer; does nothing once it fired. */
export type CancelTimer = () => void;

/** The only door to time. Tests own it. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; for durations. */
  now(): number;
  /** Cluster time: milliseconds since the epoch as the store's clock shows it; for deadlines. Never goes back. */
  clusterNow(): number;
  /** Calls back once, not before `ms` have passed. */
  after(ms: number, call: () => void): CancelTimer;
}
