/**
 * A bare thread over the recognition model with the functions that `ocr` runs before and after it: no queue, no batch, no protocol.
 * workerData: { model: path, crop: { datatype, shape, data } }. Messages in: 'start', 'stop'. Out: 'ready', then how many crops it read.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ctc, toRecogniser } from '../../../pipelines/functions/ocr.mjs';

const session = await InferenceSession.create(workerData.model, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' });

const dictionary = ctc.load();

async function read() {
  const { x } = toRecogniser({ crop: workerData.crop });
  const { [session.outputNames[0]]: map } = await session.run({ [session.inputNames[0]]: new Tensor('float32', x.data, x.shape) });
  return ctc.run({ map: { datatype: 'FP32', shape: [...map.dims], data: map.data } }, {}, dictionary);
}

await read();

let running = false;
let count = 0;
parentPort.on('message', async (message) => {
  running = message === 'start';
  if (!running) return;
  count = 0;
  while (running) {
    await read();
    count++;
    // Lets the stop message in.
    await new Promise((resolve) => setImmediate(resolve));
  }
  parentPort.postMessage(count);
});
parentPort.postMessage('ready');
