/** Which group of executors is meant. */
export interface StageName {
  readonly pipeline: string;
  readonly stage: string;
}

/** Brings a stage's group to a size. Called by the control loop, one call per stage and tick at most. */
export interface Actuator {
  /** Moves towards `desired`; answers what was done in one sentence. Never stops an executor that holds work. Rejects when nothing could be done. */
  apply(stage: StageName, desired: number): Promise<string>;
  close(): Promise<void>;
}
