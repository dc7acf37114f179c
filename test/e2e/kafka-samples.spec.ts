import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { bytesElements, bytesTensor, fromTypedArray, toTypedArray } from '#common/inference';
import type { NamedTensors, Tensor } from '#common/inference';
import { OipClient } from '../../apps/cli/src/client/oip-client.ts';
import { KafkaDeployment } from '../support/kafka-deployment.ts';
import { ServerProcess } from '../support/server-process.ts';
import { describeWithServices, findServices } from '../support/services.ts';
import { waitUntil } from '../support/wait-until.ts';

// Sixteen processes load their models on few cores.
jest.setTimeout(120_000);

const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));
const WORKERS = [
  'ocr/decode', 'ocr/detect', 'ocr/crops', 'ocr/orient', 'ocr/recognise', 'ocr/lines',
  'digits/scale', 'digits/linear', 'digits/forest', 'digits/net', 'digits/vote',
  'chain/first', 'chain/second', 'chain/third',
];
const IMAGES = ['sign-exit.png', 'receipt-fuel.jpg', 'rotated-note-plus5.png'];
const ROW = 64;

describeWithServices('the sample pipelines on Kafka and Redis, each stage a process of its own', await findServices(), (services) => {
  let folder: string;
  let deployment: KafkaDeployment;
  let embedded: ServerProcess;
  let onKafka: OipClient;
  let inOneProcess: OipClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-samples-'));
    embedded = await ServerProcess.start({ dataDir: folder, pipelines: PIPELINES });
    deployment = await KafkaDeployment.start(services, { pipelines: PIPELINES, workers: WORKERS });
    onKafka = new OipClient({ url: deployment.url, connections: 4 });
    inOneProcess = new OipClient({ url: embedded.url, connections: 4 });
  });

  afterAll(async () => {
    await Promise.all([onKafka?.close(), inOneProcess?.close()]);
    await Promise.all([deployment?.stop(), embedded?.kill('SIGKILL')]);
    await rm(folder, { recursive: true, force: true });
  });

  const answers = async (pipeline: string, inputs: NamedTensors): Promise<readonly [NamedTensors, NamedTensors]> => {
    try {
      return await Promise.all([answer(inOneProcess, pipeline, inputs), answer(onKafka, pipeline, inputs)]);
    } catch (cause) {
      throw new Error(`${String(cause)} (embedded at ${embedded.url}, Kafka at ${deployment.url})\n${embedded.output.slice(-500)}\n${deployment.output}`, { cause });
    }
  };

  it.each(IMAGES)('read the same text in the same places of %s, though its pixels do not fit into a record', async (file) => {
    const image = bytesTensor([1], [await readFile(join(PIPELINES, 'samples/ocr', file))]);
    const [one, other] = await answers('ocr', { image });
    expect(bytesElements(output(one, 'text')).length).toBeGreaterThan(0);
    expect(other['text']).toEqual(one['text']);
    expect(other['boxes']).toEqual(one['boxes']);
    // Which lines share a batch depends on when they arrive, and a batch is as wide as its widest line.
    const scores = [one, other].map((outputs) => [...(toTypedArray(output(outputs, 'scores')) as Float32Array)]);
    scores[0]?.forEach((score, line) => expect(scores[1]?.[line]).toBeCloseTo(score, 1));
  });

  it('tell digits apart alike', async () => {
    const heldOut = JSON.parse(await readFile(join(PIPELINES, 'samples/digits/held-out.json'), 'utf8')) as { pixels: number[][] };
    const rows = heldOut.pixels.slice(0, 10);
    const [one, other] = await answers('digits', { pixels: fromTypedArray('FP32', [rows.length, ROW], Float32Array.from(rows.flat())) });
    expect(other).toEqual(one);
  });

  it('give back what they were sent, bit for bit, in messages or by reference', async () => {
    for (const rows of [2, 2000]) {
      const x = fromTypedArray('FP32', [rows, ROW], Float32Array.from({ length: rows * ROW }, (_, index) => Math.fround(Math.sin(index) * 1e10)));
      for (const outputs of await answers('chain', { x })) expect(Buffer.compare(output(outputs, 'x').bytes, x.bytes)).toBe(0);
    }
  });

  it('leave no payload behind', async () => {
    const redis = new Redis(services.redisUrl);
    try {
      await waitUntil('the payloads of ended requests to be gone', async () => (await redis.keys(`${deployment.prefix}:p:*`)).length === 0);
      expect(Number((await redis.get(`${deployment.prefix}:payload-bytes`)) ?? 0)).toBe(0);
    } finally {
      redis.disconnect();
    }
  });
});

async function answer(client: OipClient, pipeline: string, inputs: NamedTensors): Promise<NamedTensors> {
  const answered = await client.infer(client.encode(pipeline, { parameters: {}, inputs, binaryOutput: true }, 'binary'));
  if (!answered.ok) throw new Error(`${answered.refusal.code}: ${answered.refusal.message}`);
  return answered.response.outputs;
}

function output(outputs: NamedTensors, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`The answer has no output "${name}".`);
  return tensor;
}
