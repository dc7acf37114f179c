import { mkdtemp, mkdir, rm, writeFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bytesElements, bytesTensor, parseInferResponse, writeInferRequest } from '#common/inference';
import type { NamedTensors } from '#common/inference';
import { ServerProcess } from '../support/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

// One file although it is long: the rows of one protocol, in its order, against one running server.

const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));
const SCRATCH = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url));

/** Every kind of datatype through real stages: what comes out is what went in. */
const ECHO_YAML = `
pipeline: echo
inputs:
  half: { datatype: FP16, shape: [-1] }
  long: { datatype: INT64, shape: [-1] }
  real: { datatype: FP32, shape: [-1] }
  text: { datatype: BYTES, shape: [-1] }
  flag: { datatype: BOOL, shape: [-1] }
stages:
  same:
    function: ./functions.mjs#same
    inputs: { half: half, long: long, real: real, text: text, flag: flag }
    outputs:
      half: { datatype: FP16, shape: [-1] }
      long: { datatype: INT64, shape: [-1] }
      real: { datatype: FP32, shape: [-1] }
      text: { datatype: BYTES, shape: [-1] }
      flag: { datatype: BOOL, shape: [-1] }
outputs: { half: same.half, long: same.long, real: same.real, text: same.text, flag: same.flag }
`;

/** Says what its parameters tell it to: wait, refuse, or answer with NaN. */
const MOODY_YAML = `
pipeline: moody
deadline: { sync: 5s, async: 1m }
inputs: { x: { datatype: FP32, shape: [-1] } }
stages:
  mood: { function: ./functions.mjs#mood, inputs: { x: x }, outputs: { y: { datatype: FP32, shape: [-1] } }, executors: 4 }
  after: { function: ./functions.mjs#through, inputs: { y: mood.y }, outputs: { y: { datatype: FP32, shape: [-1] } } }
outputs: { y: after.y }
`;

const FUNCTIONS = `
export const same = (inputs) => inputs;
export const through = ({ y }) => ({ y });
export const mood = {
  async run({ x }, context) {
    const { wait_ms: waitMs = 0, refuse, nan } = context.parameters;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, Number(waitMs)));
    if (refuse) context.reject('BAD_MOOD', 'The stage is in a bad mood.');
    return { y: { ...x, data: nan ? x.data.map(() => NaN) : x.data } };
  },
};
`;

interface Sent {
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  await mkdir(SCRATCH, { recursive: true });
  folder = await mkdtemp(join(SCRATCH, 'oip-rest-'));
  await mkdir(join(folder, 'models'));
  await copyFile(join(PIPELINES, 'chain.yaml'), join(folder, 'chain.yaml'));
  await copyFile(join(PIPELINES, 'models/noop.onnx'), join(folder, 'models/noop.onnx'));
  await writeFile(join(folder, 'echo.yaml'), ECHO_YAML);
  await writeFile(join(folder, 'moody.yaml'), MOODY_YAML);
  await writeFile(join(folder, 'functions.mjs'), FUNCTIONS);
  const env = { MILLRACE_MAX_BODY: '16MiB', MILLRACE_ADMIN_PORT: '0', MILLRACE_GRPC_PORT: '0' };
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), pipelines: folder, env });
}, 90_000);

afterAll(async () => {
  await server?.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(server.url + path, { headers });
const json = async (response: Response): Promise<Record<string, unknown>> => (await response.json()) as Record<string, unknown>;

/** A body of bytes goes without a content type unless one is given. */
function send(path: string, { body = '', headers = {}, method = 'POST' }: Sent): Promise<Response> {
  return fetch(server.url + path, { method, headers, ...(body === '' ? {} : { body: typeof body === 'string' ? new TextEncoder().encode(body) : body }) });
}

const ROW = Array.from({ length: 64 }, (_, index) => index / 4);
const CHAIN = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: ROW }] };
const chain = (changes: object = {}, sent: Sent = {}): Promise<Response> => send('/v2/models/chain/infer', { ...sent, body: JSON.stringify({ ...CHAIN, ...changes }) });
const moody = (parameters: object, sent: Sent = {}): Promise<Response> =>
  send('/v2/models/moody/infer', { ...sent, body: JSON.stringify({ parameters, inputs: [{ name: 'x', datatype: 'FP32', shape: [2], data: [1, 2] }] }) });

/** The raw bytes of a typed array, little-endian as every machine this runs on. */
const raw = (data: ArrayLike<number> & { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number }): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const ECHO_TENSORS: NamedTensors = {
  half: { datatype: 'FP16', shape: [2], bytes: raw(new Uint16Array([0x3c00, 0xc100])) },
  long: { datatype: 'INT64', shape: [2], bytes: new Uint8Array(new BigInt64Array([9_007_199_254_740_993n, -1n]).buffer) },
  real: { datatype: 'FP32', shape: [2], bytes: raw(new Float32Array([1.5, -2])) },
  text: bytesTensor([2], [new Uint8Array([0xff, 0xfe, 0x00]), 'grün']),
  flag: { datatype: 'BOOL', shape: [2], bytes: new Uint8Array([1, 0]) },
};

/** The echo pipeline called in binary form; `asked` goes into the JSON. */
async function echo(inputs: NamedTensors = ECHO_TENSORS, asked: Parameters<typeof writeInferRequest>[0] | object = {}): Promise<Response> {
  const { body, headerLength } = writeInferRequest({ parameters: {}, inputs, binaryOutput: true, ...asked }, 'binary');
  return send('/v2/models/echo/infer', { body: new Uint8Array(body), headers: { 'inference-header-content-length': String(headerLength) } });
}

async function parsed(response: Response): Promise<ReturnType<typeof parseInferResponse>> {
  const header = response.headers.get('inference-header-content-length');
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status}: ${Buffer.from(bytes).toString()}`);
  return parseInferResponse(bytes, header === null ? undefined : Number(header));
}

describe('discovery', () => {
  it.each(['/v2', '/v2/'])('D1 %s describes the server', async (path) => {
    const response = await get(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await json(response)).toEqual({ name: 'millrace', version: expect.stringMatching(/^\d+\.\d+\.\d+/), extensions: ['binary_tensor_data'] });
  });

  it('D2 is live', async () => {
    expect(await json(await get('/v2/health/live'))).toEqual({ live: true });
  });

  it('D3 is ready', async () => {
    expect(await json(await get('/v2/health/ready'))).toMatchObject({ ready: true });
  });

  it.each(['/v2/models/chain', '/v2/pipelines/chain'])('D4 %s shows names and types of its tensors', async (path) => {
    const x = { name: 'x', datatype: 'FP32', shape: [-1, 64] };
    expect(await json(await get(path))).toEqual({ name: 'chain', versions: [expect.stringMatching(/^[0-9a-f]{16}$/)], platform: 'millrace_pipeline', inputs: [x], outputs: [x] });
  });

  it('D5 tells whether a pipeline is ready, and 404 for one that is not there', async () => {
    expect(await json(await get('/v2/models/chain/ready'))).toEqual({ name: 'chain', ready: true });
    expect((await get('/v2/models/nope/ready')).status).toBe(404);
  });

  it('D6 lists the pipelines', async () => {
    expect(await json(await get('/v2/models'))).toEqual({ models: ['chain', 'echo', 'moody'] });
  });

  it('every model path also takes a version', async () => {
    const [version] = (await json(await get('/v2/models/chain')))['versions'] as string[];
    const body = JSON.stringify(CHAIN);
    for (const path of [`/v2/models/chain/versions/${version}/infer`, `/v2/models/chain@${version}/infer`, '/v2/pipelines/chain/infer']) {
      expect((await send(path, { body })).status).toBe(200);
    }
    expect((await get(`/v2/models/chain/versions/${version}/ready`)).status).toBe(200);
    expect((await send('/v2/models/chain/versions/2/infer', { body })).status).toBe(404);
  });

  it('answers HEAD', async () => {
    expect((await send('/v2/health/live', { method: 'HEAD' })).status).toBe(200);
  });
});

describe('infer with JSON', () => {
  it('J1 J5 J7 J9 answers exactly 200, echoes the id, names the model, and gives flat data', async () => {
    const nested = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: [ROW] }], id: 'a-1' };
    const response = await chain(nested);
    expect(response.status).toBe(200);
    expect(await json(response)).toMatchObject({ id: 'a-1', model_name: 'chain', outputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], data: ROW }] });
  });

  it('J2 accepts JSON without a content type', async () => {
    expect((await chain()).status).toBe(200);
  });

  it('J3 accepts JSON as application/octet-stream', async () => {
    expect((await chain({}, { headers: { 'content-type': 'application/octet-stream' } })).status).toBe(200);
  });

  it('J5 leaves out an id that was not sent', async () => {
    expect(Object.keys(await json(await chain()))).not.toContain('id');
  });

  it('J6 ignores members it does not know', async () => {
    expect((await chain({ model_name: 'chain', extra: { a: 1 } })).status).toBe(200);
  });

  it('J8 accepts parameters of every kind', async () => {
    const response = await chain({ parameters: { content_type: 'np', headers: { a: 'b' }, level: 3, flag: true, slo_ms: 5 } });
    expect(response.status).toBe(200);
    expect(JSON.stringify(await json(response))).not.toContain('null');
  });

  it('J10 gives the outputs asked for, in their order', async () => {
    const { outputs } = await parsed(await echo(ECHO_TENSORS, { outputs: [{ name: 'text' }, { name: 'long' }] }));
    expect(Object.keys(outputs)).toEqual(['text', 'long']);
  });

  it.each([
    ['J10 an output that does not exist', { outputs: [{ name: 'z' }] }, 'OUTPUT_UNKNOWN', '"z"'],
    ['J11 a shape with -1', { inputs: [{ ...CHAIN.inputs[0], shape: [-1, 64] }] }, 'TENSOR_SHAPE_MISMATCH', '"x"'],
    ['J12 too little data', { inputs: [{ ...CHAIN.inputs[0], data: [1] }] }, 'TENSOR_SHAPE_MISMATCH', '"x"'],
    ['J12 another shape', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }, 'TENSOR_SHAPE_MISMATCH', 'expected FP32 [-1, 64], got FP32 [1, 2]. Send 64 values per row.'],
    ['J12 another datatype', { inputs: [{ ...CHAIN.inputs[0], datatype: 'INT32', data: ROW.map(Math.floor) }] }, 'TENSOR_DATATYPE_MISMATCH', 'expected FP32 [-1, 64], got INT32 [1, 64]'],
    ['J12 a tensor missing', { inputs: [] }, 'TENSOR_MISSING', '"x"'],
    ['J12 a tensor too many', { inputs: [...CHAIN.inputs, { ...CHAIN.inputs[0], name: 'w' }] }, 'TENSOR_UNKNOWN', '"w"'],
    ['J16 an impossible timeout', { parameters: { timeout: -5 } }, 'PARAMETER_INVALID', '-5'],
  ])('%s is 400 and says what was expected', async (_title, changes, code, text) => {
    const response = await chain(changes);
    expect([response.status, response.headers.get('millrace-request-id')]).toEqual([400, null]);
    expect(await json(response)).toMatchObject({ code, error: expect.stringContaining(text) });
  });

  it('J13 FP16 as JSON is 400 with the way out', async () => {
    const response = await send('/v2/models/echo/infer', { body: JSON.stringify({ inputs: [{ name: 'half', datatype: 'FP16', shape: [1], data: [1] }] }) });
    expect(response.status).toBe(400);
    expect((await json(response))['error']).toMatch(/half.*binary/s);
  });

  it('J14 carries integers beyond 2^53 exactly both ways', async () => {
    const { body, headerLength } = writeInferRequest({ parameters: {}, inputs: { ...ECHO_TENSORS }, outputs: [{ name: 'long', binary: false }] }, 'binary');
    const response = await send('/v2/models/echo/infer', { body: new Uint8Array(body), headers: { 'inference-header-content-length': String(headerLength) } });
    expect(await response.text()).toContain('"data":[9007199254740993,-1]');
  });

  it('J15 a literal NaN is 400 with the way out', async () => {
    const response = await send('/v2/models/chain/infer', { body: '{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[NaN]}]}' });
    expect(response.status).toBe(400);
    expect((await json(response))['error']).toMatch(/NaN.*binary/s);
  });

  it('J15 an output that is NaN is an error as JSON and exact as binary data', async () => {
    const response = await moody({ nan: true });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({ code: 'TENSOR_NEEDS_BINARY', request_id: response.headers.get('millrace-request-id') });
    const { outputs } = await parsed(await moody({ nan: true, binary_data_output: true }));
    expect(outputs['y']?.bytes).toEqual(raw(new Float32Array([NaN, NaN])));
  });

  it('J16 A11 timeout is microseconds, and 504 names the stage that had the time', async () => {
    const response = await moody({ timeout: 100_000, wait_ms: 1500 });
    expect(response.status).toBe(504);
    expect(await json(response)).toMatchObject({ code: 'DEADLINE_EXCEEDED', stage: 'mood' });
  });

  it.each([['/v2/models/nope/infer'], ['/v2/models/a%2Fb/infer'], ['/v2/models/a/b/infer'], ['/v1/models/chain:predict']])('J18 D12 J26 %s is 404', async (path) => {
    const response = await send(path, { body: '{}' });
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json']);
    expect(typeof (await json(response))['error']).toBe('string');
  });

  it('J24 takes a body of several megabytes', async () => {
    const rows = 20_000;
    const x = { datatype: 'FP32', shape: [rows, 64], bytes: raw(new Float32Array(rows * 64).fill(0.5)) } as const;
    const { body, headerLength } = writeInferRequest({ parameters: {}, inputs: { x }, binaryOutput: true }, 'binary');
    const headers = { 'inference-header-content-length': String(headerLength) };
    const { outputs } = await parsed(await send('/v2/models/chain/infer', { body: new Uint8Array(body), headers }));
    expect(outputs['x']).toMatchObject({ shape: [rows, 64] });
    expect(Buffer.compare(outputs['x']?.bytes ?? new Uint8Array(), x.bytes)).toBe(0);
  });

  it('J25 gives back every row of a batch of any size', async () => {
    for (const rows of [1, 7, 33, 100]) {
      const data = Array.from({ length: rows * 64 }, (_, index) => index);
      const { outputs } = (await json(await chain({ inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, 64], data }] }))) as { outputs: unknown[] };
      expect(outputs[0]).toMatchObject({ shape: [rows, 64], data });
    }
  });

  it('a stage that refuses the input is 400 with its reason', async () => {
    const response = await moody({ refuse: true });
    expect(response.status).toBe(400);
    expect(await json(response)).toMatchObject({ code: 'INPUT_REJECTED', reason: 'BAD_MOOD', stage: 'mood', error: expect.stringContaining('bad mood') });
  });
});

describe('infer with binary tensors', () => {
  it('B1 B5 B6 B7 carries every datatype unchanged, as octet-stream with the length of the JSON', async () => {
    const response = await echo();
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const { outputs } = await parsed(response);
    for (const [name, tensor] of Object.entries(ECHO_TENSORS)) expect(outputs[name]).toEqual(tensor);
    expect(bytesElements(outputs['text'] ?? bytesTensor([0], []))[0]).toEqual(new Uint8Array([0xff, 0xfe, 0x00]));
  });

  it('J4 parses binary although the content type says JSON', async () => {
    const { body, headerLength } = writeInferRequest({ parameters: {}, inputs: { x: { datatype: 'FP32', shape: [1, 64], bytes: raw(new Float32Array(ROW)) } } }, 'binary');
    const headers = { 'content-type': 'application/json', 'inference-header-content-length': String(headerLength) };
    expect(await json(await send('/v2/models/chain/infer', { body: new Uint8Array(body), headers }))).toMatchObject({ outputs: [{ data: ROW }] });
  });

  it('B2 takes JSON and binary tensors in one request', async () => {
    const head = JSON.stringify({
      inputs: [
        { name: 'half', datatype: 'FP16', shape: [1], parameters: { binary_data_size: 2 } },
        { name: 'long', datatype: 'INT64', shape: [1], data: [7] },
        { name: 'real', datatype: 'FP32', shape: [1], data: [1.5] },
        { name: 'text', datatype: 'BYTES', shape: [1], data: ['hi'] },
        { name: 'flag', datatype: 'BOOL', shape: [1], data: [true] },
      ],
      outputs: [{ name: 'long' }, { name: 'half', parameters: { binary_data: true } }],
    });
    const body = Buffer.concat([Buffer.from(head), Buffer.from([0x00, 0x3c])]);
    const response = await send('/v2/models/echo/infer', { body: new Uint8Array(body), headers: { 'inference-header-content-length': String(head.length) } });
    const { outputs } = await parsed(response);
    expect(outputs['half']?.bytes).toEqual(new Uint8Array([0x00, 0x3c]));
    expect(outputs['long']?.bytes).toEqual(new Uint8Array(new BigInt64Array([7n]).buffer));
  });

  it('B3 takes a bare tensor with header length 0, all outputs binary', async () => {
    const response = await send('/v2/models/chain/infer', { body: new Uint8Array(raw(new Float32Array(ROW))), headers: { 'inference-header-content-length': '0' } });
    const { outputs } = await parsed(response);
    expect(outputs['x']).toEqual({ datatype: 'FP32', shape: [1, 64], bytes: raw(new Float32Array(ROW)) });
  });

  it('B3 refuses a bare tensor for a model of several inputs', async () => {
    const response = await send('/v2/models/echo/infer', { body: new Uint8Array(8), headers: { 'inference-header-content-length': '0' } });
    expect([response.status, (await json(response))['code']]).toEqual([400, 'MALFORMED_BODY']);
  });

  it('B4 the form of one output wins over the form of all', async () => {
    const body = JSON.stringify({ ...CHAIN, parameters: { binary_data_output: true }, outputs: [{ name: 'x', parameters: { binary_data: false } }] });
    const response = await send('/v2/models/chain/infer', { body });
    expect(response.headers.get('inference-header-content-length')).toBeNull();
    expect(await json(response)).toMatchObject({ outputs: [{ data: ROW }] });
  });

  it('B8 takes an empty tensor', async () => {
    const empty = Object.fromEntries(Object.entries(ECHO_TENSORS).map(([name, tensor]) => [name, { ...tensor, shape: [0], bytes: new Uint8Array(0) }]));
    const { outputs } = await parsed(await echo(empty));
    expect(outputs['real']).toEqual({ datatype: 'FP32', shape: [0], bytes: new Uint8Array(0) });
  });

  it.each([
    ['the sizes do not add up', { binary_data_size: 252 }],
    ['more is promised than sent', { binary_data_size: 512 }],
  ])('B9 is 400 naming the tensor when %s', async (_title, parameters) => {
    const head = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 64], parameters }] });
    const body = new Uint8Array(Buffer.concat([Buffer.from(head), Buffer.alloc(256)]));
    const response = await send('/v2/models/chain/infer', { body, headers: { 'inference-header-content-length': String(head.length) } });
    expect(response.status).toBe(400);
    expect((await json(response))['error']).toContain('"x"');
  });
});

describe('asynchronous requests', () => {
  it('A1 answers synchronously when nobody asked otherwise', async () => {
    expect((await moody({ wait_ms: 300 })).status).toBe(200);
  });

  it('A2 A3 waits as long as it was asked to, then answers 202', async () => {
    expect((await moody({}, { headers: { prefer: 'respond-async, wait=10' } })).status).toBe(200);
    const later = await moody({ wait_ms: 2000 }, { headers: { prefer: 'respond-async, wait=0' } });
    expect([later.status, later.headers.get('preference-applied'), later.headers.get('vary')]).toEqual([202, 'respond-async', 'Prefer']);
  });

  it('A4 A5 shows the stages as they finish and gives the result', async () => {
    const response = await moody({ wait_ms: 200 }, { headers: { prefer: 'respond-async' } });
    const location = response.headers.get('location') ?? '';
    expect((await get(`${location}/result`)).status).toBe(409);
    const report = await waitUntil('the request has ended', async () => {
      const found = await json(await get(location));
      return found['state'] === 'succeeded' ? found : undefined;
    });
    expect(report).toMatchObject({ pipeline: 'moody', mode: 'async', stages: [{ name: 'mood', state: 'done' }, { name: 'after', state: 'done' }] });
    const [mood] = report['stages'] as [{ executions: [{ compute_ms: number; queue_ms: number }] }];
    expect(mood.executions[0].compute_ms).toBeGreaterThanOrEqual(190);
    expect(await json(await get(`${location}/result`))).toMatchObject({ outputs: [{ name: 'y', data: [1, 2] }] });
  });

  it('A6 a cancelled request does not reach the stages behind', async () => {
    const location = (await moody({ wait_ms: 400 }, { headers: { prefer: 'respond-async' } })).headers.get('location') ?? '';
    expect(await json(await send(location, { method: 'DELETE' }))).toMatchObject({ state: 'cancelled', stages: [{ state: 'not-run' }, { state: 'not-run' }] });
  });

  it('A12 echoes x-request-id and says where the time went', async () => {
    const response = await moody({ wait_ms: 100 }, { headers: { 'x-request-id': 'label' } });
    expect(response.headers.get('x-request-id')).toBe('label');
    const timing = response.headers.get('server-timing') ?? '';
    expect(timing).toMatch(/^mood-queue;dur=[\d.]+, mood-batch;dur=[\d.]+, mood-compute;dur=[\d.]+, after-queue;.*, total;dur=[\d.]+$/);
    const durations = Object.fromEntries([...timing.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name, ms]) => [name, Number(ms)]));
    expect(durations['mood-compute']).toBeGreaterThanOrEqual(95);
    expect(durations['total']).toBeGreaterThanOrEqual(durations['mood-compute'] ?? 0);
  });
});
