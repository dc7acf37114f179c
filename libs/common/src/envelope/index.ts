export { isByReference } from './envelope.ts';
export type { Envelope, PartTensor, PayloadRef, ScatterPosition, StageTiming, TensorByReference } from './envelope.ts';
export { decodeEnvelope, encodeEnvelope } from './envelope-codec.ts';
export { holdsReferences } from './outcome.ts';
export type { FailedOutcome, Outcome, ResultOutcome } from './outcome.ts';
export { decodeOutcome, encodeOutcome } from './outcome-codec.ts';
