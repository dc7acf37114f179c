export { isByReference } from './envelope.ts';
export type { Envelope, PartTensor, PayloadRef, ScatterPosition, StageTiming, TensorByReference } from './envelope.ts';
export type { FailedOutcome, Outcome, ResultOutcome } from './outcome.ts';
