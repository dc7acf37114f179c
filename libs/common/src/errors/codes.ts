/** What kind of fault an error is; each edge maps the kind (and a few codes) to its own status in one place. */
export type ErrorKind = 'user' | 'capacity' | 'deadline' | 'cancelled' | 'stage' | 'internal';

interface CodeEntry {
  readonly kind: ErrorKind;
  /** Whether the same call may succeed later without being changed. The raiser may narrow it. */
  readonly retryable: boolean;
  /** One line for the reference page. */
  readonly meaning: string;
}

/**
 * The one table of error codes, sorted by name (as `sort()` does: letters before the underscore). A code is a promise to clients: it is never renamed or reused.
 * Errors of user kind never dead-letter; stage and internal ones do, after their retries.
 */
export const ERROR_CODES = {
  BAD_OUTPUT: { kind: 'stage', retryable: false, meaning: 'A stage returned tensors that its declaration does not allow.' },
  BUS_UNAVAILABLE: { kind: 'internal', retryable: true, meaning: 'The message bus could not be reached in time.' },
  CANCELLED: { kind: 'cancelled', retryable: false, meaning: 'The caller went away or cancelled the request.' },
  CONFIG_INVALID: { kind: 'user', retryable: false, meaning: 'Settings in the environment or on the command line are wrong.' },
  DEADLINE_EXCEEDED: { kind: 'deadline', retryable: true, meaning: 'The time given to the request ran out before its answer was ready.' },
  ENVELOPE_INVALID: { kind: 'internal', retryable: false, meaning: 'Bytes on a stage topic are not an envelope.' },
  ENVELOPE_VERSION_UNKNOWN: { kind: 'internal', retryable: true, meaning: 'An envelope was written by a newer Millrace than its reader.' },
  EXECUTOR_CRASHED: { kind: 'stage', retryable: true, meaning: 'The thread or process that ran a stage died while it worked.' },
  EXECUTOR_LOAD_FAILED: { kind: 'stage', retryable: false, meaning: "A stage's model or function could not be loaded." },
  EXECUTOR_TIMEOUT: { kind: 'stage', retryable: true, meaning: "A stage did not answer within its timeout and was stopped." },
  INPUT_REJECTED: { kind: 'user', retryable: false, meaning: 'A stage refused the input; `reason` holds its own code.' },
  INTERNAL: { kind: 'internal', retryable: false, meaning: 'A fault in Millrace itself.' },
  JOIN_QUORUM: { kind: 'stage', retryable: true, meaning: 'Too few members of a join arrived in time.' },
  MALFORMED_BODY: { kind: 'user', retryable: false, meaning: 'The request body could not be parsed.' },
  MODEL_NOT_FOUND: { kind: 'user', retryable: false, meaning: 'No pipeline of that name (or version) is loaded.' },
  MODEL_NOT_READY: { kind: 'capacity', retryable: true, meaning: 'The pipeline is known but its stages are not ready.' },
  OUTCOME_UNKNOWN: { kind: 'internal', retryable: true, meaning: 'The store that holds outcomes could not be reached; ask again with the request id.' },
  OUTPUT_UNKNOWN: { kind: 'user', retryable: false, meaning: 'The request asks for an output that the pipeline does not have.' },
  OVERLOADED: { kind: 'capacity', retryable: true, meaning: 'The server is full; it says when to try again.' },
  PARAMETER_INVALID: { kind: 'user', retryable: false, meaning: 'A request parameter or header has an impossible value.' },
  PAYLOAD_CORRUPT: { kind: 'internal', retryable: false, meaning: 'A stored payload does not match its checksum.' },
  PAYLOAD_LOST: { kind: 'internal', retryable: false, meaning: 'A payload that was stored by reference is gone.' },
  PAYLOAD_TOO_LARGE: { kind: 'user', retryable: false, meaning: 'The request is larger than the limit; the message names the setting.' },
  PIPELINE_INVALID: { kind: 'user', retryable: false, meaning: 'A pipeline file has problems; each is listed with its own rule.' },
  REQUEST_EXPIRED: { kind: 'user', retryable: false, meaning: 'The stored result of the request has expired.' },
  REQUEST_NOT_FOUND: { kind: 'user', retryable: false, meaning: 'No request with that id is known.' },
  RESULT_NOT_READY: { kind: 'user', retryable: true, meaning: 'The request has not ended yet.' },
  ROUTE_NOT_FOUND: { kind: 'user', retryable: false, meaning: 'No such path or method.' },
  SHUTTING_DOWN: { kind: 'capacity', retryable: true, meaning: 'The server is draining and takes no new work.' },
  STAGE_FAILED: { kind: 'stage', retryable: true, meaning: "A stage's model or function threw." },
  STATE_LOST: { kind: 'internal', retryable: true, meaning: 'The store lost its state while the request was running.' },
  STORE_INVALID: { kind: 'user', retryable: false, meaning: 'The store file in the data folder is damaged, foreign, or newer than this Millrace.' },
  STORE_LOCKED: { kind: 'user', retryable: false, meaning: 'Another process has the data folder open.' },
  STORE_UNAVAILABLE: { kind: 'internal', retryable: true, meaning: 'The store could not be reached or refused the write.' },
  TENSOR_DATATYPE_MISMATCH: { kind: 'user', retryable: false, meaning: "A tensor's datatype is not the one declared." },
  TENSOR_DATA_INVALID: { kind: 'user', retryable: false, meaning: "A tensor's values do not fit its datatype." },
  TENSOR_MISSING: { kind: 'user', retryable: false, meaning: 'A declared input tensor was not sent.' },
  TENSOR_NEEDS_BINARY: { kind: 'user', retryable: false, meaning: 'A tensor has values that JSON cannot carry exactly; use the binary form.' },
  TENSOR_SHAPE_MISMATCH: { kind: 'user', retryable: false, meaning: "A tensor's shape is not the one declared, or does not match its data." },
  TENSOR_UNKNOWN: { kind: 'user', retryable: false, meaning: 'A tensor was sent that the pipeline does not declare.' },
  UNSUPPORTED_ENCODING: { kind: 'user', retryable: false, meaning: 'The body encoding or media type is not supported.' },
  VERSION_GONE: { kind: 'internal', retryable: true, meaning: 'The pipeline version the request was accepted with is no longer available.' },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** True for a name that is in the table; for codes that arrive from outside (another process, the wire). */
export function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(ERROR_CODES, name);
}
