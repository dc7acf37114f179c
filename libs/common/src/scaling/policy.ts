/** What one tick saw of a stage. A signal that is absent is undefined, never 0. */
export interface StageSample {
  readonly pipeline: string;
  readonly stage: string;
  /** Records published and not settled; undefined when the bus did not say. */
  readonly backlog: number | undefined;
  /** Executors of ready workers; undefined when the fleet did not say. */
  readonly executors: number | undefined;
  readonly executorsBusy: number | undefined;
}

/** The bounds a policy works in, from the pipeline file. */
export interface StageBounds {
  readonly minimum: number;
  readonly maximum: number;
}

export interface Decision {
  readonly desired: number;
  /** A sentence with the numbers that led to it. */
  readonly reason: string;
}

/** A scaling policy is pure: the same samples give the same decision. */
export type Policy = (sample: StageSample, bounds: StageBounds) => Decision;
