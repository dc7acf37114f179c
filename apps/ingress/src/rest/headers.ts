/** Every header the REST edge reads or writes by name, in the lower case Node keeps them in; `answer` ones are written as clients see them. */
export const HEADERS = {
  accept: 'accept',
  contentEncoding: 'content-encoding',
  contentLength: 'content-length',
  inferenceHeaderLength: 'inference-header-content-length',
  prefer: 'prefer',
  requestLabel: 'x-request-id',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  answer: {
    contentType: 'Content-Type',
    inferenceHeaderLength: 'Inference-Header-Content-Length',
    location: 'Location',
    preferenceApplied: 'Preference-Applied',
    requestId: 'Millrace-Request-Id',
    requestLabel: 'X-Request-Id',
    retryAfter: 'Retry-After',
    serverTiming: 'Server-Timing',
    vary: 'Vary',
  },
} as const;

export const JSON_TYPE = 'application/json';
export const BINARY_TYPE = 'application/octet-stream';
export const PROBLEM_TYPE = 'application/problem+json';
