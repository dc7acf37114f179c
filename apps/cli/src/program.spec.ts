import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EXIT } from './exit-codes.ts';
import { createProgram } from './program.ts';

let stdout = '';
let stderr = '';

beforeEach(() => {
  stdout = '';
  stderr = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += String(chunk);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

const millrace = (...argv: string[]) => createProgram(new AbortController().signal).run(argv);

/** Nobody listens there: the port of a server that has just closed. */
async function deadUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}

describe('wrong usage ends with 2 and a sentence', () => {
  it.each([
    [['upp'], "unknown command 'upp'\n(Did you mean up?)"],
    [['up', '--port', '9000'], 'settings are environment variables, as in MILLRACE_HTTP_PORT=9000 npm start'],
    [['init'], "missing required argument 'model'"],
    [['load', 'chain', '--rate', '-5'], '"-5" is not a number above 0.'],
    [['load', 'chain', '--concurrency', '1.5'], '"1.5" is not a whole number from 1.'],
    [['load', 'chain', '--duration', '10'], '"10" is not a time like 500ms, 10s or 2m.'],
    [['infer', 'chain', '--url', '127.0.0.1:8080'], '"127.0.0.1:8080" is not an address like http://127.0.0.1:8080.'],
    [['infer', 'chain', '--url', 'http://127.0.0.1:8080/v2'], 'has a path. Give the server alone, as in http://127.0.0.1:8080.'],
    [['validate', 'no/such/folder'], '"no/such/folder" cannot be read: there is no such file or folder.'],
    [['graph', 'pipelines'], '"pipelines" cannot be read: it is a folder, not a file.'],
    [['graph', 'pipelines/invalid/pipeline-cycle.yaml'], 'PIPELINE_CYCLE'],
  ])('%j', async (argv, sentence) => {
    expect(await millrace(...argv)).toBe(EXIT.usage);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
  });
});

describe('help and version end with 0', () => {
  it.each([
    [['--help'], 'Exit codes: 0 done'],
    [['up', '--help'], 'MILLRACE_HTTP_PORT=8080'],
    [['infer', '--help'], 'infer ocr image=@'],
    [['load', '--help'], '(default: 10s)'],
    [['--version'], '0.'],
  ])('%j', async (argv, text) => {
    expect(await millrace(...argv)).toBe(EXIT.ok);
    expect(stdout).toContain(text);
  });
});

describe('a server that does not answer, or not as one of ours', () => {
  it.each([['infer', 'x=1'], ['load']])('makes %s end with 3', async (command, ...values) => {
    const url = await deadUrl();
    expect(await millrace(command, 'chain', ...values, '--url', url)).toBe(EXIT.unreachable);
    expect(stderr).toContain(`No server answered at ${url}. Start one with "npm start", or name another with --url.`);
  });

  it.each([
    [404, '{"message":"Not Found"}'],
    [200, '<html></html>'],
    [200, '{"hello":"world"}'],
  ])('is told from a missing pipeline when it says %i %s', async (status, body) => {
    const server = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await millrace('infer', 'chain', '--url', url)).toBe(EXIT.usage);
    expect(stderr).toContain(`${url} answered, but not as an Open Inference server does (HTTP ${status}).`);
    server.close();
  });
});

describe('with --json stdout is one JSON document, whatever happens', () => {
  it.each([
    ['a valid file', ['validate', 'pipelines/chain.yaml'], EXIT.ok, [{ ok: true, pipeline: 'chain' }]],
    ['an invalid file', ['validate', 'pipelines/invalid/pipeline-cycle.yaml'], EXIT.usage, [{ ok: false, problems: [{ rule: 'PIPELINE_CYCLE', line: 6 }] }]],
    ['a graph', ['graph', 'pipelines/digits.yaml'], EXIT.ok, { name: 'digits' }],
    ['a model that is none', ['init', 'README.md'], EXIT.usage, { ok: false, code: 'PARAMETER_INVALID' }],
    ['an unknown option', ['load', 'chain', '--bogus'], EXIT.usage, { ok: false, code: 'USAGE', message: "unknown option '--bogus'" }],
  ] as const)('%s', async (_case, argv, exit, document) => {
    expect(await millrace(...argv, '--json')).toBe(exit);
    expect(JSON.parse(stdout)).toMatchObject(document);
  });

  it('nobody answers', async () => {
    expect(await millrace('infer', 'chain', '--json', '--url', await deadUrl())).toBe(EXIT.unreachable);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'UNREACHABLE' });
  });
});

describe('validate', () => {
  it('finds two files of one name although they are given one by one', async () => {
    const files = ['pipelines/invalid/pipeline-duplicate-name-first.yaml', 'pipelines/invalid/pipeline-duplicate-name.yaml'];
    expect(await millrace('validate', ...files)).toBe(EXIT.usage);
    expect(stdout).toContain('PIPELINE_DUPLICATE_NAME');
  });

  it('accepts the sample pipelines', async () => {
    expect(await millrace('validate')).toBe(EXIT.ok);
    expect(stdout.match(/^valid/gm)).toHaveLength(3);
  });
});
