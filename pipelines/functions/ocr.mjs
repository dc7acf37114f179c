/**
 * The stages of pipelines/ocr.yaml that are not models, and what goes before and after each model.
 * Every function here only carries tensors to and from the modules in ./ocr/, which do the work.
 */
import { decodeCtc } from './ocr/ctc.mjs';
import { detectorInput, detectorSize } from './ocr/detector-input.mjs';
import { loadDictionary } from './ocr/dictionary.mjs';
import { turnLines, upsideDown } from './ocr/half-turn.mjs';
import { decodeImage, inspectImage } from './ocr/image.mjs';
import { narrowLatin } from './ocr/latin-width.mjs';
import { cropLine } from './ocr/line-crop.mjs';
import { classifierInput, recogniserInput } from './ocr/line-input.mjs';
import { readingOrder } from './ocr/reading-order.mjs';
import { textBoxes } from './ocr/text-boxes.mjs';

/** Lines read with less certainty than this are noise, not text. */
const LEAST_SCORE = 0.5;
/** Crops are cut from the image at this size at most (longest side, pixels): it bounds their memory, and lines end 48 pixels high anyway. */
const LONGEST_CROP_SIDE = 4096;

/** image BYTES [1] -> frame UINT8 [1, height, width, 3] for the detector, size INT32 [1, 2]: height and width of the image in pixels. */
export async function decode({ image }, context) {
  const bytes = image.data[0];
  const reject = rejecting(context);
  const size = await inspectImage(bytes, reject);
  const frame = await decodeImage(bytes, detectorSize(size), reject);
  return {
    frame: { datatype: 'UINT8', shape: [1, frame.height, frame.width, 3], data: frame.data },
    size: { datatype: 'INT32', shape: [1, 2], data: Int32Array.of(size.height, size.width) },
  };
}

/** Before the detector. */
export function toDetector({ frame }) {
  return { x: detectorInput(frame) };
}

/** After the detector: its map FP32 [1, 1, height, width] -> boxes FP32 [1, n, 4, 2] in pixels of the image. One image at a time. */
export function boxes(outputs, { inputs }) {
  const [map] = Object.values(outputs);
  const [, , height, width] = map.shape;
  const [imageHeight, imageWidth] = inputs.size.data;
  const scaled = detectorSize({ width: imageWidth, height: imageHeight });
  const found = textBoxes(map.data, width, height, {
    width: imageWidth,
    height: imageHeight,
    scaleX: scaled.width / imageWidth,
    scaleY: scaled.height / imageHeight,
  });
  return { boxes: { datatype: 'FP32', shape: [1, found.length, 4, 2], data: Float32Array.from(found.flat(2)) } };
}

/** image, boxes -> one crop UINT8 [1, 48, width, 4] per box, in the order of the boxes. */
export async function crops({ image, boxes }, context) {
  const lines = split(boxes, 8);
  if (lines.length === 0) return { crop: [] };
  const reject = rejecting(context);
  const size = await inspectImage(image.data[0], reject);
  const scale = Math.min(1, LONGEST_CROP_SIDE / Math.max(size.width, size.height));
  const [width, height] = [Math.ceil(size.width * scale), Math.ceil(size.height * scale)];
  const pixels = await decodeImage(image.data[0], { width, height }, reject);
  const [scaleX, scaleY] = [width / size.width, height / size.height];
  return { crop: lines.map((line) => cropLine(pixels, line.map((value, i) => value * (i % 2 === 0 ? scaleX : scaleY)))) };
}

/** Before the direction classifier. */
export function toClassifier({ crop }) {
  return { x: classifierInput(crop) };
}

/** After the direction classifier: crop UINT8 [n, 48, width, 4] the right way up, turned BOOL [n]. */
export function upright(outputs, { inputs }) {
  const [probabilities] = Object.values(outputs);
  const turned = upsideDown(probabilities);
  return {
    crop: turnLines(inputs.crop, turned),
    turned: { datatype: 'BOOL', shape: [turned.length], data: Uint8Array.from(turned, Number) },
  };
}

/** Before the recogniser. */
export function toRecogniser({ crop }) {
  return { x: recogniserInput(crop) };
}

/** After the recogniser: text BYTES [n], score FP32 [n]. */
export const ctc = {
  load: () => loadDictionary(),
  run(outputs, context, dictionary) {
    const [probabilities] = Object.values(outputs);
    const lines = decodeCtc(probabilities, dictionary);
    return {
      text: { datatype: 'BYTES', shape: [lines.length], data: lines.map(({ text }) => narrowLatin(text)) },
      score: { datatype: 'FP32', shape: [lines.length], data: Float32Array.from(lines, ({ score }) => score) },
    };
  },
};

/** All lines of one image -> text BYTES [n], boxes FP32 [n, 4, 2], scores FP32 [n], in reading order, without what is no text. */
export function lines({ text, score, turned, boxes }) {
  const upright = split(boxes, 8).map((box, i) => (turned.data[i] ? halfTurn(box) : box));
  const kept = readingOrder(upright).filter((i) => score.data[i] >= LEAST_SCORE);
  return {
    text: { datatype: 'BYTES', shape: [kept.length], data: kept.map((i) => text.data[i]) },
    boxes: { datatype: 'FP32', shape: [kept.length, 4, 2], data: Float32Array.from(kept.flatMap((i) => upright[i])) },
    scores: { datatype: 'FP32', shape: [kept.length], data: Float32Array.from(kept, (i) => score.data[i]) },
  };
}

/** The corners from the other end of the line. @param {number[]} box */
function halfTurn(box) {
  return [...box.slice(4), ...box.slice(0, 4)];
}

/** @param {{ data: ArrayLike<number> }} tensor @param {number} size @returns {number[][]} */
function split({ data }, size) {
  return Array.from({ length: data.length / size }, (_, i) => Array.from({ length: size }, (_, j) => data[i * size + j]));
}

/** `context.reject` as a plain function. */
function rejecting(context) {
  return (code, message) => context.reject(code, message);
}
