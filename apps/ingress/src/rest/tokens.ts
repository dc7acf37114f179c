import type { AppError } from '#common/errors';

/** Injection tokens of the REST edge. */
export const ACCEPTOR = Symbol('Acceptor');
export const BODIES = Symbol('BodyReader');
export const DIRECTORY = Symbol('PipelineDirectory');
export const INFERENCE = Symbol('InferenceService');
export const REPORT_FAULT = Symbol('ReportFault');
export const REQUESTS = Symbol('RequestsService');
export const SERVER = Symbol('ServerState');

/** Told of every fault of ours; the client only learns that there was one. */
export type ReportFault = (error: AppError) => void;

/** What the server says of itself. */
export interface ServerState {
  readonly version: string;
  readonly isDraining: () => boolean;
}
