/** Injection tokens, one per port. Nest never guesses by type: each constructor names its token. */
export const BUS = Symbol('Bus');
export const CATALOG = Symbol('Catalog');
export const CLOCK = Symbol('Clock');
export const FLEET = Symbol('Fleet');
export const JOIN_STORE = Symbol('JoinStore');
export const LOG = Symbol('Log');
export const PAYLOAD_STORE = Symbol('PayloadStore');
export const PIPELINE_SOURCE = Symbol('PipelineSource');
export const RANDOM = Symbol('Random');
export const REPLIES = Symbol('Replies');
