export { BodyReader } from './body-reader.ts';
export type { BodyLimits } from './body-reader.ts';
export { DiscoveryController } from './discovery.controller.ts';
export { ErrorFilter } from './error.filter.ts';
export { createHttpAdapter } from './http-adapter.ts';
export { InferenceController } from './inference.controller.ts';
export { RequestsController } from './requests.controller.ts';
export { ACCEPTOR, BODIES, DIRECTORY, INFERENCE, REPORT_FAULT, REQUESTS, SERVER } from './tokens.ts';
export type { ReportFault, ServerState } from './tokens.ts';
