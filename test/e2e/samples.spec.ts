import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesElements, bytesTensor, fromTypedArray, toTypedArray } from '#common/inference';
import type { InferResponse, NamedTensors, Tensor } from '#common/inference';
import { OipClient } from '../../apps/cli/src/client/oip-client.ts';
import type { InferAnswer } from '../../apps/cli/src/client/oip-client.ts';
import { editDistance } from '../../pipelines/samples/ocr/edit-distance.mjs';
import { ServerProcess } from '../support/server-process.ts';

const PIPELINES = fileURLToPath(new URL('../../pipelines', import.meta.url));
/** Inside the repository, so that the copied functions find the packages they import. */
const SCRATCH = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url));
const OCR_SAMPLES = join(PIPELINES, 'samples/ocr');
const ROW = 64;
const CLASSES = 10;

/** The members of `digits` one by one; its answer is drawn from three stages. */
const MEMBERS_YAML = `
pipeline: digits-members
inputs: { pixels: { datatype: FP32, shape: [-1, 64] } }
stages:
  scale: { function: ./functions/digits.mjs#scale, inputs: { pixels: pixels }, outputs: { x: { datatype: FP32, shape: [-1, 64] } } }
  linear: { onnx: ./models/digits-linear.onnx, inputs: { x: scale.x } }
  forest: { onnx: ./models/digits-forest.onnx, inputs: { x: scale.x } }
  net: { onnx: ./models/digits-net.onnx, inputs: { x: scale.x } }
outputs: { linear: linear.probabilities, forest: forest.probabilities, net: net.probabilities }
`;

describe('the sample pipelines, served by a real process', () => {
  let folder: string;
  let server: ServerProcess;
  let client: OipClient;

  beforeAll(async () => {
    await mkdir(SCRATCH, { recursive: true });
    folder = await mkdtemp(join(SCRATCH, 'samples-'));
    await cp(PIPELINES, join(folder, 'pipelines'), { recursive: true });
    await writeFile(join(folder, 'pipelines/digits-members.yaml'), MEMBERS_YAML);
    server = await ServerProcess.start({ dataDir: join(folder, 'data'), pipelines: join(folder, 'pipelines') });
    client = new OipClient({ url: server.url, connections: 64 });
  }, 90_000);

  afterAll(async () => {
    await client?.close();
    await server?.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });

  const call = (pipeline: string, inputs: NamedTensors): Promise<InferAnswer> => client.infer(client.encode(pipeline, { parameters: {}, inputs, binaryOutput: true }, 'binary'));

  const answer = async (pipeline: string, inputs: NamedTensors): Promise<InferResponse> => {
    const answered = await call(pipeline, inputs);
    if (!answered.ok) throw new Error(`${answered.refusal.code}: ${answered.refusal.message}`);
    return answered.response;
  };

  const readText = async (image: Uint8Array): Promise<string> => {
    const { outputs } = await answer('ocr', { image: bytesTensor([1], [image]) });
    return bytesElements(output(outputs, 'text')).map((line) => new TextDecoder().decode(line)).join('\n');
  };

  describe('ocr', () => {
    it('reads at least 99 % of the characters of the sample images', async () => {
      const truth = JSON.parse(await readFile(join(OCR_SAMPLES, 'truth.json'), 'utf8')) as Record<string, string[]>;
      let characters = 0;
      let errors = 0;
      for (const [file, lines] of Object.entries(truth)) {
        const text = await readText(await readFile(join(OCR_SAMPLES, file)));
        characters += lines.join('\n').length;
        errors += editDistance(lines.join('\n'), text);
      }
      expect(characters).toBeGreaterThan(500);
      expect(1 - errors / characters).toBeGreaterThanOrEqual(0.99);
    }, 120_000);

    it('answers an image without text with no lines', async () => {
      const blank = await readFile(fileURLToPath(new URL('../fixtures/images/blank.png', import.meta.url)));
      const { outputs } = await answer('ocr', { image: bytesTensor([1], [blank]) });
      expect(Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.shape]))).toEqual({ text: [0], boxes: [0, 4, 2], scores: [0] });
    });

    it('refuses each bad image with a reason within a second, and serves the next request', async () => {
      const files = await readdir(join(OCR_SAMPLES, 'bad'));
      expect(files.length).toBeGreaterThanOrEqual(4);
      for (const file of files) {
        const startedMs = performance.now();
        const refused = await call('ocr', { image: bytesTensor([1], [await readFile(join(OCR_SAMPLES, 'bad', file))]) });
        expect({ file, ok: refused.ok, status: refused.ok ? 200 : refused.refusal.status }).toEqual({ file, ok: false, status: 400 });
        expect(refused.ok ? '' : refused.refusal.message).toMatch(/image/i);
        expect(performance.now() - startedMs).toBeLessThan(1000);
        expect(await readText(await readFile(join(OCR_SAMPLES, 'sign-exit.png')))).not.toBe('');
      }
    }, 60_000);
  });

  describe('digits', () => {
    let rows: Float32Array;
    let labels: number[];

    beforeAll(async () => {
      const heldOut = JSON.parse(await readFile(join(PIPELINES, 'samples/digits/held-out.json'), 'utf8')) as { pixels: number[][]; labels: number[] };
      rows = Float32Array.from(heldOut.pixels.flat());
      labels = heldOut.labels;
    });

    const pixels = (from: number, count: number): NamedTensors => ({ pixels: fromTypedArray('FP32', [count, ROW], rows.slice(from * ROW, (from + count) * ROW)) });
    const accuracy = (predicted: readonly number[]): number => predicted.filter((label, row) => label === labels[row]).length / labels.length;

    it('is right on at least 97 % of the held-out rows, and more often than any of its members', async () => {
      const { outputs } = await answer('digits', pixels(0, labels.length));
      const together = accuracy([...(toTypedArray(output(outputs, 'label')) as BigInt64Array)].map(Number));
      expect(together).toBeGreaterThanOrEqual(0.97);
      const members = (await answer('digits-members', pixels(0, labels.length))).outputs;
      for (const name of ['linear', 'forest', 'net']) expect(accuracy(mostLikely(output(members, name)))).toBeLessThan(together);
    });

    it('answers a batch of n rows as it answers n single rows', async () => {
      const count = 24;
      const batch = (await answer('digits', pixels(0, count))).outputs;
      const singles = await Promise.all(Array.from({ length: count }, (_, row) => answer('digits', pixels(row, 1))));
      const together = toTypedArray(output(batch, 'probabilities')) as Float32Array;
      singles.forEach(({ outputs }, row) => {
        const alone = toTypedArray(output(outputs, 'probabilities')) as Float32Array;
        alone.forEach((probability, label) => expect(together[row * CLASSES + label]).toBeCloseTo(probability, 5));
      });
    });
  });

  it('chain gives back what it was sent, bit for bit', async () => {
    const x = fromTypedArray('FP32', [2, ROW], Float32Array.from({ length: 2 * ROW }, (_, index) => Math.fround(Math.sin(index) * 1e10)));
    const { outputs } = await answer('chain', { x });
    expect(output(outputs, 'x')).toEqual({ ...x, bytes: output(outputs, 'x').bytes });
    expect(Buffer.compare(output(outputs, 'x').bytes, x.bytes)).toBe(0);
  });
});

function output(outputs: NamedTensors, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`The answer has no output "${name}".`);
  return tensor;
}

function mostLikely(probabilities: Tensor): number[] {
  const values = toTypedArray(probabilities) as Float32Array;
  return Array.from({ length: values.length / CLASSES }, (_, row) => {
    const shares = [...values.subarray(row * CLASSES, (row + 1) * CLASSES)];
    return shares.indexOf(Math.max(...shares));
  });
}
